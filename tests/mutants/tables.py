"""All tables of planted faults, by room. A new table is a file beside this one, and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from tests.mutants.calculus import FAULTS as CALCULUS
from tests.mutants.derivation import FAULTS as DERIVATION
from tests.mutants.engines import FAULTS as ENGINES
from tests.mutants.ops import FAULTS as OPS
from tests.mutants.render import FAULTS as RENDER
from tests.mutants.runner import Planted
from tests.mutants.trace import FAULTS as TRACE
from tests.mutants.train import FAULTS as TRAIN

TABLES: Mapping[str, tuple[Planted, ...]] = {
    "ops": OPS,
    "calculus": CALCULUS,
    "engines": ENGINES,
    "render": RENDER,
    "trace": TRACE,
    "derivation": DERIVATION,
    "train": TRAIN,
}
