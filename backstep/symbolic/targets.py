"""The variable of a derivative: the node and elements that a name means. Does not load SymPy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import product
from typing import overload

import numpy as np

from backstep.errors import Diagnostic, RequestError
from backstep.graph.node import Node
from backstep.graph.shape import Shape, size, spell
from backstep.lang.compile.definition import Definition
from backstep.lang.syntax.names import canonical

Place = tuple[int, ...]

_LISTED = 12
"""How many names a hint lists."""


@dataclass(frozen=True, slots=True)
class Places(Sequence[Place]):
    """Every index of a shape, in row-major order; for a scalar one empty index."""

    shape: Shape

    def __len__(self) -> int:
        return size(self.shape)

    def __iter__(self) -> Iterator[Place]:
        return product(*map(range, self.shape))

    @overload
    def __getitem__(self, number: int) -> Place: ...

    @overload
    def __getitem__(self, number: slice) -> list[Place]: ...

    def __getitem__(self, number: int | slice) -> Place | list[Place]:
        if isinstance(number, slice):
            return [self[each] for each in range(len(self))[number]]
        found = np.unravel_index(range(len(self))[number], self.shape)
        return tuple(int(each) for each in found)


@dataclass(frozen=True, slots=True)
class Target:
    """The variable of a derivative: the name as asked, its node, and the elements wanted of it."""

    name: str
    node: Node
    places: Sequence[Place]
    whole: bool
    """All elements, returned as nested lists of the node's shape."""


def target_for(definition: Definition, asked: str, pointer: str = "/wrt") -> Target:
    """The node and elements that a name means: one of the text, or an element as `W1[3,7]`.

    Negative indices count from the end, as in the text, and a name may be spelled as there, λ or
    v₁₂: the target has its one spelling. Raises RequestError, at `pointer`, if the text has no such
    name or element, or it is a class number.
    """
    name, index = asked.strip(), None
    if name not in definition.names and "[" in name:
        # The last bracket is the element's: `h[0].W[2,1]` is one of `h[0].W`.
        name, _, index = name.rpartition("[")
        name = name.strip()
    if name not in definition.names:
        known = canonical(name)
        if known is not None and known in definition.names:
            asked = known if index is None else f"{known}[{index}"
            name = known
    versions = definition.names.get(name)
    if versions is None:
        raise _unknown(
            asked, f"the definition has no name '{name}'", _near(name, definition), pointer
        )
    node = versions[-1].node
    if any(leaf.label and leaf.node is node for leaf in definition.leaves):
        message = f"'{name}' is a class number and has no derivative"
        raise _unknown(asked, message, None, pointer)
    if index is None:
        return Target(asked, node, Places(node.shape), whole=True)
    return Target(asked, node, (_place(name, node, asked, index, pointer),), whole=False)


def _place(name: str, node: Node, asked: str, index: str, pointer: str) -> Place:
    """The element that the text after a name's last bracket names."""
    shape = node.shape
    last = ",".join(str(length - 1) for length in shape)
    hint = f"its elements go from {name}[{','.join('0' * len(shape))}] to {name}[{last}]"
    if not shape:
        raise _unknown(asked, f"'{name}' is a scalar and has no elements", f"write {name}", pointer)
    try:
        if not index.endswith("]"):
            raise ValueError
        at = tuple(int(part) for part in index.removesuffix("]").split(","))
    except ValueError:
        raise _unknown(asked, f"'{asked}' is no element of '{name}'", hint, pointer) from None
    if len(at) != len(shape):
        given = "1 index is" if len(at) == 1 else f"{len(at)} indices are"
        message = f"{given} given, but '{name}' is {spell(shape)}"
        raise _unknown(asked, message, hint, pointer)
    if not all(-length <= place < length for place, length in zip(at, shape, strict=True)):
        raise _unknown(asked, f"'{name}' has no element [{index}", hint, pointer)
    return tuple(place % length for place, length in zip(at, shape, strict=True))


def _near(name: str, definition: Definition) -> str:
    folded = {each.casefold(): each for each in list(definition.names)[::-1]}
    near = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    if near:
        return f"did you mean '{folded[near[0]]}'?"
    shown = list(definition.names)[:_LISTED]
    return f"its names: {', '.join(shown)}{', …' if len(definition.names) > _LISTED else ''}"


def _unknown(asked: str, message: str, hint: str | None, pointer: str) -> RequestError:
    fault = Diagnostic("unknown_name", message, hint, pointer=pointer)
    return RequestError(fault, details={"asked": asked})
