"""What a client sends, brought into one form: context, address, path, media type, headers and body."""
