"""Turning a graph into what is seen: formulas as LaTeX, positions, pictures as SVG."""
