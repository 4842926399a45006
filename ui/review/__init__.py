"""What Review shows."""
