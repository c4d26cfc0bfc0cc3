"""What several use cases have in common: steps in the life of a loan, taken inside their unit of work."""
