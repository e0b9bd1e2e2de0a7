"""Backstep: exact gradients of small networks, as formulas, numbers, graphs and derivations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backstep.network import Network as Network
    from backstep.network import read as read

__version__ = "0.1.0"
__all__ = ["Network", "read"]


def __getattr__(name: str) -> Any:
    # What is imported when it is first used: the package alone is read in a few milliseconds.
    if name in __all__:
        from backstep import network

        return getattr(network, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
