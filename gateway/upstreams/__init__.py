"""The services behind the gateway: connections to them, and what they say about themselves."""
