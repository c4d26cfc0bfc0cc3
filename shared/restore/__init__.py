"""The way back from a backup: each service checks its part, then takes it for what it has, in one transaction."""
