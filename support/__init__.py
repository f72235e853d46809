"""Staff pages that bring everything about one customer together, and the work that waits."""
