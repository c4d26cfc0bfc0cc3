"""Uploaded files: checked by their content, kept under random names, given only to those who may have them."""
