"""Backstep: exact gradients of small networks, as formulas, numbers, graphs and derivations."""

__version__ = "0.1.0"
