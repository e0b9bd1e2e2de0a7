"""Backstep: exact gradients of small networks, as formulas, numbers, graphs and derivations."""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = [
    "BackstepError",
    "Drawing",
    "Evaluation",
    "Formula",
    "Network",
    "Training",
    "Walk",
    "errors",
    "from_array",
    "from_latex",
    "from_onnx",
    "from_python",
    "from_torch",
    "read",
]

if TYPE_CHECKING:
    from backstep.network import BackstepError as BackstepError
    from backstep.network import Drawing as Drawing
    from backstep.network import Evaluation as Evaluation
    from backstep.network import Formula as Formula
    from backstep.network import Network as Network
    from backstep.network import Training as Training
    from backstep.network import Walk as Walk
    from backstep.network import errors as errors
    from backstep.network import from_array as from_array
    from backstep.network import from_latex as from_latex
    from backstep.network import from_onnx as from_onnx
    from backstep.network import from_python as from_python
    from backstep.network import from_torch as from_torch
    from backstep.network import read as read
else:

    def __getattr__(name: str) -> object:
        # What is imported when it is first used: the package alone is read in a few milliseconds.
        if name in __all__:
            from backstep import network

            return getattr(network, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
