"""A definition as a program of plain Octave or MATLAB."""
