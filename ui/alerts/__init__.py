"""What the page Alerts shows."""
