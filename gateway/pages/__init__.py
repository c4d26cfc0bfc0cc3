"""What the gateway answers itself, as a Flask app: health, ping, the documentation, and the files of the console."""
