"""In front of the server: who is let in, and what answers without the app."""
