"""What payments shows, in answers and in the audit trail."""
