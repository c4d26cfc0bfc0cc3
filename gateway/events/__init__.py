"""What the gateway hears on the bus, and the wait for the followers of a write."""
