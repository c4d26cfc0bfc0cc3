"""Measures the platform, as ratios within one run."""
