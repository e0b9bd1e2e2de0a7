"""A definition as a C99 program."""
