"""Changes of a text that resolve a diagnostic: found, read before being offered, never guessed."""
