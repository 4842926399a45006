"""What Review shows, and deciding where a change is looked at."""
