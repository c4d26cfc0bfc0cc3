"""Documents people add to a record: what every service whose records have some keeps and shows of one."""
