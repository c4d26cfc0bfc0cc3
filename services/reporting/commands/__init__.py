"""What only operators run."""
