"""Metrics for Prometheus at /metrics; traces and errors for servers that collect them."""
