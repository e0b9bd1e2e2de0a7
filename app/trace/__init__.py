"""The walk, one node a step, and each contribution in formulas."""

from app.trace.folding import Fold, Folded, Level, Zoom, at_zoom, levels
from app.trace.rules import Rule, forward_display, forward_formula, forward_numbers
from app.trace.sharing import Sharing, sharing
from app.trace.walk import Contribution, Step, Walk, kind_of, walk

__all__ = [
    "Contribution",
    "Fold",
    "Folded",
    "Level",
    "Rule",
    "Sharing",
    "Step",
    "Walk",
    "Zoom",
    "at_zoom",
    "forward_display",
    "forward_formula",
    "forward_numbers",
    "kind_of",
    "levels",
    "sharing",
    "walk",
]
