"""A typed derivative judged: is it equal to the partial, and which mistake explains it."""
