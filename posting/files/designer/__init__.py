"""The designer of a biller's payment file in the admin."""
