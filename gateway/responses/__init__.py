"""What a client gets: a response or a problem, its headers, its compression, and which pages may read it."""
