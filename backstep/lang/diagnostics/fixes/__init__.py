"""Changes of a text that mend a fault: found, read before they are offered, and never guessed."""
