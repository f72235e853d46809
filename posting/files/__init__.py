"""Files with payments for the CIS: their layout, how they are built, and how they are delivered."""
