"""What lending shows, in answers and in the audit trail: each answer declared once, a module for each resource."""
