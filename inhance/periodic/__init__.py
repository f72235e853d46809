"""Runs the periodic commands when they are due, each on one machine at a time."""
