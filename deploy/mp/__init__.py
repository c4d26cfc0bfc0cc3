"""`bin/mp`: one entry for all that operators do to a running platform, however it runs."""
