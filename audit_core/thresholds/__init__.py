"""From which risk on something is put before a person: sets of cut-offs, what they raise, and what they would raise."""
