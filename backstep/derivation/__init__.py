"""Derivations as on paper: rule objects over a view of the graph, and the lines they print."""
