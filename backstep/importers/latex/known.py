"""Names of formulas: their shapes and values where a text does not tell them, and their roles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from backstep.formula.boxes import Box, Scripts
from backstep.graph.shape import Shape
from backstep.importers.definition import Declared, Definition
from backstep.importers.formulas import Unwritable, Value
from backstep.importers.latex.cursor import base_of, divided, every, flat, relation
from backstep.importers.latex.equations import Equation
from backstep.importers.latex.names import is_letter, name, plain, unwrapped
from backstep.importers.python.arrays import some_number
from backstep.importers.python.shapes import Guesses
from backstep.importers.python.survey import Survey
from backstep.importers.roles import LEARNED, SET, TARGET

TURNED = frozenset({"⊤", "T", "top"})
_SIZES = (3, 2, 4, 5, 6)

_LIKELY = re.compile(r"[pq]\d*|\w+hat|pi")
"""Names taken for probabilities if nothing shows how they are computed."""


class Known:
    """What is known of the names of formulas, with one guess for each shape that is not told."""

    def __init__(self, guesses: Guesses, bold: Iterable[str] = ()) -> None:
        self.guesses = guesses
        self.definition = Definition()
        self.formulas = self.definition.formulas
        self._names: dict[str, Value] = {}
        self._declared: dict[str, Shape] = {}
        self._assumed: list[tuple[str, Shape, int]] = []
        self._survey = Survey()
        self._sizes: dict[str, int] = {}
        self._arguments_of: dict[str, str] = {}
        """What names that are given as functions are given at: x of f(x) = …."""
        self._indexed: set[str] = set()
        """Names that are given element by element."""
        self._given: list[tuple[str, Value, int]] = []
        self._line = 1
        self._indices: frozenset[str] = frozenset()
        for each in bold:
            self._array(each)

    def survey(self, equations: Sequence[Equation]) -> None:
        """Note which names are declared and which are turned, before any formula is read."""
        for equation in equations:
            parts = flat(equation.box)
            place = relation(parts, {"∈"})
            if place is not None:
                self._declare(parts[:place], parts[place + 1 :])
            for box in every(parts):
                if isinstance(box, Scripts) and plain(box.raised) in TURNED and is_letter(box.base):
                    self._array(name(Scripts(box.base, box.lowered), frozenset()).text)

    def _array(self, text: str) -> None:
        """Note that a name is a vector, or a matrix where it is a capital."""
        use = self._survey.use(text)
        use.product, use.axes = True, max(use.axes, 2 if text[:1].isupper() else 1)

    def _declare(self, left: Sequence[Box], right: Sequence[Box]) -> None:
        r"""`W, U \in \mathbb{R}^{3 \times 2}`."""
        found = unwrapped(right[0]) if right else None
        raised = plain(found.raised) if isinstance(found, Scripts) else ""
        sizes = [each for each in raised.replace("·", "×").replace(",", "×").split("×") if each]
        shape = tuple(self._size(each.strip("()")) for each in sizes)
        for part in divided(left, {","}):
            if len(part) == 1 and is_letter(base_of(part[0])):
                self._declared[name(part[0], frozenset()).text] = shape

    def _size(self, text: str) -> int:
        if text.isdecimal():
            if not 1 <= int(text) <= 1000:
                raise Unwritable(f"a size of {text}")
            return int(text)
        if text not in self._sizes:
            self._sizes[text] = _SIZES[len(self._sizes) % len(_SIZES)]
        return self._sizes[text]

    def _new(
        self,
        text: str,
        indices: tuple[str, ...],
        other: Value | None,
        before: Value | None = None,
    ) -> Value:
        if text in self._declared:
            shape = self._declared[text]
        elif indices and before is not None:
            # Beside a vector that is turned, an element is a vector too: w\u1d40 x_i.
            shape = (*(self._size(each) for each in indices), before.shape[-1])
        elif indices:
            shape = tuple(self._size(each) for each in indices)
        elif text in self._sizes:
            shape = ()
        else:
            use = self._survey.use(text)
            letters = text.rstrip("0123456789_")
            if letters[:1].isupper() and len(letters) == 1 and letters not in "LJENMKDCTR":
                use.axes = max(use.axes, 2)
                use.product = True
            shape = self.guesses.shape(text, self._survey, None if use.product else other)
        self.guesses.seen(shape)
        size = self._sizes.get(text)
        if shape:
            value = None
        elif size is not None:
            value = str(size)
        else:
            value = "0.1" if text in ("lambda", "alpha", "eta") else some_number(len(self._assumed))
        made = self.definition.declare(
            text,
            shape,
            value=value,
            draw=None
            if not shape
            else "uniform(0, 1)"
            if _LIKELY.fullmatch(text)
            else "normal(0, 1)",
            line=self._line,
            literal=not shape,
        )
        if size is None and text not in self._declared:
            self._assumed.append((text, shape, self._line))
        self._names[text] = made
        return made

    def _roles(self, live: set[int]) -> None:
        entries = [self.definition.entries[number] for number in sorted(live)]
        declared = [each for each in entries if isinstance(each, Declared)]
        for entry in declared:
            stem = entry.name.split("_")[0].rstrip("0123456789")
            if TARGET.fullmatch(entry.name) or stem in ("y", "t"):
                entry.role = "target"
            elif LEARNED.fullmatch(entry.name):
                entry.role = "param"
            elif not entry.shape and SET.fullmatch(entry.name):
                entry.role = "const"
            else:
                entry.role = "input"
        if not any(each.role == "param" for each in declared):
            for entry in declared:
                if entry.name[:1].isupper() and entry.name[:1] not in "XY" and entry.shape:
                    entry.role = "param"
