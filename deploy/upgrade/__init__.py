"""From one major version of PostgreSQL to the next: the database carried over beside the old one, which stays."""
