"""All tables of planted faults, by room. A new table is a file beside this one, and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from tests.mutants.board import FAULTS as BOARD
from tests.mutants.closed import FAULTS as CLOSED
from tests.mutants.derivation import FAULTS as DERIVATION
from tests.mutants.drawing import FAULTS as DRAWING
from tests.mutants.evaluate import FAULTS as EVALUATE
from tests.mutants.export import FAULTS as EXPORT
from tests.mutants.formula import FAULTS as FORMULA
from tests.mutants.importers import FAULTS as IMPORTERS
from tests.mutants.library import FAULTS as LIBRARY
from tests.mutants.notation import FAULTS as NOTATION
from tests.mutants.ops import FAULTS as OPS
from tests.mutants.paper import FAULTS as PAPER
from tests.mutants.runner import Planted
from tests.mutants.runs import FAULTS as RUNS
from tests.mutants.scripts import FAULTS as SCRIPTS
from tests.mutants.simplify import FAULTS as SIMPLIFY
from tests.mutants.train import FAULTS as TRAIN
from tests.mutants.walk import FAULTS as WALK

TABLES: Mapping[str, tuple[Planted, ...]] = {
    "ops": OPS,
    "simplify": SIMPLIFY,
    "evaluate": EVALUATE,
    "formula": FORMULA,
    "board": BOARD,
    "paper": PAPER,
    "runs": RUNS,
    "closed": CLOSED,
    "notation": NOTATION,
    "walk": WALK,
    "derivation": DERIVATION,
    "drawing": DRAWING,
    "train": TRAIN,
    "scripts": SCRIPTS,
    "export": EXPORT,
    "library": LIBRARY,
    "importers": IMPORTERS,
}
