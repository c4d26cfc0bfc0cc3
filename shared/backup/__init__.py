"""Backups: what each service puts into its part of one, how a part is written, sealed, stored and read again."""
