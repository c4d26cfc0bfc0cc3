"""Starts the whole platform on one machine, without Docker and without root."""
