"""What Packets shows."""
