"""One event on one screen, wherever it is looked at."""
