"""Backing up the database into one file, and restoring it."""
