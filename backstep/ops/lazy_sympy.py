"""SymPy, loaded when a row's closed form is first asked for: it takes longer to load than the rest.

Rows name SymPy's functions inside their own (`lambda x: sympy.tanh(x)`), never at import.
"""

from __future__ import annotations

from typing import Any


class _Late:
    """The module `sympy`, imported when one of its names is read."""

    def __getattr__(self, name: str) -> Any:
        import sympy

        return getattr(sympy, name)


sympy: Any = _Late()
