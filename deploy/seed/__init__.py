"""Fills an empty institution with a realistic book, by bulk loading instead of by requests and events."""
