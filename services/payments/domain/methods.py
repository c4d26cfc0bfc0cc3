"""How money is paid."""

METHODS = ("CASH", "TRANSFER", "POS", "MOBILE", "USSD", "OTHER")
