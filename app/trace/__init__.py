"""The walk, one node a step, and each contribution in formulas."""

from app.trace.rules import Rule, forward_display, forward_formula, forward_numbers
from app.trace.walk import Contribution, Step, Walk, Zoom, kind_of, view_of, walk

__all__ = [
    "Contribution",
    "Rule",
    "Step",
    "Walk",
    "Zoom",
    "forward_display",
    "forward_formula",
    "forward_numbers",
    "kind_of",
    "view_of",
    "walk",
]
