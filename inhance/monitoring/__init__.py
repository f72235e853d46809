"""What Prometheus reads at /metrics, and traces and errors for whoever has a server for them."""
