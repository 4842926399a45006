"""What Thresholds shows."""
