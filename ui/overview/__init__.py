"""What Overview shows."""
