"""Partials three times: by backprop, by SymPy, by differences."""
