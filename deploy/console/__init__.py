"""How the console is built: Node.js from its wheel, its packages by their lock, and the types of the API."""
