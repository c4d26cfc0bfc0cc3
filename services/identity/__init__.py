"""Staff accounts, credentials, sessions and tokens."""
