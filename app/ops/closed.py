"""The rows that closed formulas are tidied by, under what they are to them. Computes nothing."""

from __future__ import annotations

PLUS = "add"
MINUS = "subtract"
OPPOSITE = "negate"
TIMES = "multiply"
OVER = "divide"
SAME = "identity"
RAISED = "power"
CHOICE = "where"
SHARES = "softmax"
"""Shares of a whole: each slope is one of their own products, p_i(δ − p_j)."""
MIRRORED = "sigmoid"
"""σ(−z) is 1 − σ(z)."""
AS_IT_STANDS = "tanh"
"""SymPy gives it back as it is of a sum, after a long look for imaginary parts."""
