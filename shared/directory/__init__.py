"""What everybody knows of staff, unions and members, fed by the events of their owners, and the scope rule on it."""
