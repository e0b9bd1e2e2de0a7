"""Which elements a slice takes; how its ends become numbers is the caller's."""

from __future__ import annotations

from collections.abc import Callable

from backstep.lang.syntax import syntax_tree
from backstep.lang.syntax.refusal import refuse


def slice_indices(
    item: syntax_tree.Slice, size: int, whole: Callable[[syntax_tree.Expression, str], int]
) -> tuple[int, int, int]:
    """Start, stop and step of a slice of `size` elements; `whole` evaluates an end to an integer.

    Raises StatementError for a step of 0, and what `whole` raises; `whole` also takes the end's
    name.
    """
    ends = [
        None if end is None else whole(end, "an end of a slice")
        for end in (item.start, item.stop, item.step)
    ]
    if ends[2] == 0:
        raise refuse("index", "a slice's step can't be 0", None, item.span)
    found = slice(*ends).indices(size)
    # Backwards from before the first element is nothing; a number below 0 would count from the end.
    return found if found[0] >= 0 else (0, 0, 1)
