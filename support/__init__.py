"""Staff pages that show everything about one customer, and the work that waits for staff."""
