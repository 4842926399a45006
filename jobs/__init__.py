"""What runs unattended: tasks (what each job does), due (when), runner (the loop), __main__ (the command line)."""
