"""How an installation stands: its jobs, its record, its backups, and how fast it finds what was changed."""
