"""Files that a worker makes aside because they take longer than an answer may: asked for, made, fetched, let go."""
