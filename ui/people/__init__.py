"""What People shows."""
