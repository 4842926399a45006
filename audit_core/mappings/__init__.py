"""Titles that an Admin mapped by hand: decided, previewed, and used by the next look."""
