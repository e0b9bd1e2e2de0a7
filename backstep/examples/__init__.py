"""The built-in examples: definitions that ship, each with a title and what to look for in it."""

from __future__ import annotations

from backstep.examples.circuits import CIRCUITS
from backstep.examples.example import Example
from backstep.examples.layers import LAYERS
from backstep.examples.networks import NETWORKS
from backstep.examples.sequences import SEQUENCES
from backstep.examples.units import UNITS

EXAMPLES: tuple[Example, ...] = (*NETWORKS, *CIRCUITS, *UNITS, *LAYERS, *SEQUENCES)

__all__ = ["EXAMPLES", "Example"]
