"""Tables as files: CSV, XLSX and PDF that say the same, figure for figure."""
