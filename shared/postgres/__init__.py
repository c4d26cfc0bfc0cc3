"""PostgreSQL as all services use it: engines, pages, statements over many rows, and what its errors mean."""
