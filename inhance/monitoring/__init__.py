"""Metrics for Prometheus at /metrics; traces and errors for installations that have a server for
them."""
