"""SymPy, loaded when a row's closed form is first asked for: it takes longer to load than the rest.

Rows name SymPy's functions inside their own (`lambda x: sympy.tanh(x)`), never at import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["sympy"]


class _Late:
    """The module `sympy`, imported when one of its names is read."""

    def __getattr__(self, name: str) -> object:
        import sympy

        return getattr(sympy, name)


if TYPE_CHECKING:
    import sympy
else:
    sympy = _Late()
