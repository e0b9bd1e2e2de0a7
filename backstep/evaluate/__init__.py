"""The engines: numbers by NumPy, formulas by SymPy, differences. Each reads the one graph."""
