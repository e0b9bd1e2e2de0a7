"""Closed formulas by SymPy: the scalar loss, its derivatives, their order, their bounds."""
