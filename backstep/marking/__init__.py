"""Marking typed derivatives: whether one is equal to the partial, and which mistake explains it."""
