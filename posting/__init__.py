"""Posting payments to the utility's billing system (CIS)."""
