"""What Operations shows."""
