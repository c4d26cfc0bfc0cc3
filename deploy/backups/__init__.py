"""Point in time: the archive of the write-ahead log, base backups, and the way back to any second between them."""
