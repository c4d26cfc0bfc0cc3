"""Servers that speak the protocols of other providers, written from the documents of those protocols."""
