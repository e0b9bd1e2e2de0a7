"""A definition as a program of Base Julia."""
