"""One's own account, and the room of a guest."""
