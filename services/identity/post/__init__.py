"""The way of a mail out of the house: to a mail server, or into a folder where there is none."""
