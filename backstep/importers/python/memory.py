"""Which arrays show the elements of another: what changes one in place changes them all."""

from __future__ import annotations

from backstep.importers.formulas import Value
from backstep.importers.python.values import Data

COPIES = frozenset({"array", "tensor", "copy", "deepcopy", "clone", "astype"})
"""Functions and methods whose array shows no other's elements."""
VIEWS = frozenset(
    [
        "reshape",
        "view",
        "view_as",
        "reshape_as",
        "ravel",
        "transpose",
        "t",
        "swapaxes",
        "swapdims",
        "permute",
        "squeeze",
        "unsqueeze",
        "expand",
        "expand_as",
        "expand_dims",
        "broadcast_to",
        "movedim",
        "moveaxis",
        "narrow",
        "select",
        "diagonal",
        "flip",
        "fliplr",
        "flipud",
        "rot90",
        "chunk",
        "split",
        "array_split",
        "hsplit",
        "vsplit",
        "unbind",
        "atleast_2d",
        "detach",
    ]
)
"""Functions and methods whose arrays may show the elements of their first."""
TURNED = frozenset({"T", "mT", "H", "data", "real", "flat"})
"""Attributes that show an array's elements."""


class Memory:
    """The arrays of a reading by the one whose elements they show."""

    def __init__(self) -> None:
        self._of: dict[int, tuple[object, object]] = {}

    def show(self, made: object, of: object) -> None:
        """Note that an array shows elements of another."""
        if isinstance(made, Value | Data) and made is not of:
            self._of[id(made)] = (made, self.whole(of))

    def whole(self, value: object) -> object:
        """The array whose elements a value shows: itself, where it is no view."""
        found = self._of.get(id(value))
        return value if found is None else found[1]

    def moved(self, made: object, before: object) -> None:
        """Note that a formula has got a name, and shows what it showed before."""
        if made is not before and id(before) in self._of:
            self.show(made, self.whole(before))
