"""What `docker compose` needs beside docker-compose.yml."""
