"""The walk, one node a step, and each contribution as a formula."""

from backstep.walk.contributions import Rule, forward_formula, forward_numbers
from backstep.walk.folding import CLOSE, FRAMED, Folded, Level, Zoom, at_zoom, levels
from backstep.walk.folds import Fold, FoldKind
from backstep.walk.sharing import Sharing, sharing
from backstep.walk.walk import Contribution, Kind, Step, Walk, kind_of, walk

__all__ = [
    "CLOSE",
    "FRAMED",
    "Contribution",
    "Fold",
    "FoldKind",
    "Folded",
    "Kind",
    "Level",
    "Rule",
    "Sharing",
    "Step",
    "Walk",
    "Zoom",
    "at_zoom",
    "forward_formula",
    "forward_numbers",
    "kind_of",
    "levels",
    "sharing",
    "walk",
]
