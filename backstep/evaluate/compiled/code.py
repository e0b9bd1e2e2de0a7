"""The one place where generated source is compiled to a function.

Every name in the source is generated and every value is bound from outside, so that one compiled
text serves all programs of its structure, and no part of a user's text is ever compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import CodeType
from typing import Any

_KEPT = 256
"""How many compiled texts are cached; a program's own functions stay with it."""


def function(
    lines: list[str], arguments: list[str], bound: Mapping[str, object]
) -> Callable[..., Any]:
    """The function of the arguments whose body is `lines`; `bound` are the other names in it."""
    text = "\n".join(
        (
            f"def make({', '.join(bound)}):",
            f"  def run({', '.join(arguments)}):",
            *(f"    {line}" for line in lines),
            "  return run",
        )
    )
    made: dict[str, Callable[..., Callable[..., object]]] = {}
    exec(_compiled(text), made)
    return made["make"](*bound.values())


@lru_cache(maxsize=_KEPT)
def _compiled(text: str) -> CodeType:
    return compile(text, "<compiled>", "exec")
