"""Forgetting a member wherever they are named in what a service keeps of the past."""
