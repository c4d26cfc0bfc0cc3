"""The way of a mail out of the platform: to a mail server, or into a folder where there is none."""
