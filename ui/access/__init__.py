"""Access: the people, their sessions, and evidence rooms."""
