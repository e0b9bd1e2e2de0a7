"""A definition bound to values, and what is read off it as plain data."""
