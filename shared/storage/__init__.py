"""Files that people send us: judged by their content, kept under random names, and given out only to those who may."""
