"""What the gateway answers itself, as a Flask app: health, ping and the documentation."""
