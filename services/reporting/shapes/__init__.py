"""What reporting shows, in answers and in the audit trail."""
