"""What people decide about what was found: dispositions, the labels they make, suppressions, and rounds to look at."""
