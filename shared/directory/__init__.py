"""The directory: a copy of staff, unions and members, kept by their events; and the scope rule on it."""
