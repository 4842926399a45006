"""What Forecast shows."""
