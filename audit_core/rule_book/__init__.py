"""What people decide about rules, and what a decision concerns."""
