"""The API for the CIS: payments to read, accounts to write."""
