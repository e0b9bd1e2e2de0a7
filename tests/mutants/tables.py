"""All tables of planted faults, by room. A new table is a file beside this one, and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from tests.mutants.calculus import FAULTS as CALCULUS
from tests.mutants.engines import FAULTS as ENGINES
from tests.mutants.render import FAULTS as RENDER
from tests.mutants.runner import Planted

TABLES: Mapping[str, tuple[Planted, ...]] = {
    "calculus": CALCULUS,
    "engines": ENGINES,
    "render": RENDER,
}
