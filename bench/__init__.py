"""Measures the platform, in units of the machine's own speed."""
