"""What is written elsewhere, as a definition: Python, printed arrays, LaTeX, networks."""
