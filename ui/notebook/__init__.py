"""What Notebook shows, and the ways into one."""
