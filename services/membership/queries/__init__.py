"""Named reads. What is out of the actor's scope is not found, just like what does not exist."""
