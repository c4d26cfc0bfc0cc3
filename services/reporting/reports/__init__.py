"""The catalogue: one module per report, each with the `REPORT` that it is. To add a report, add a module."""
