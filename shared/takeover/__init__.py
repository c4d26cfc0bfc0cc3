"""Taking over a backup file of the system that was replaced (Node.js, Prisma): each service makes its own rows."""
