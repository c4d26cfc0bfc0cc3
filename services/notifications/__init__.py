"""What people are written to about: the mail queue, its templates and settings, and what falls due of loans."""
