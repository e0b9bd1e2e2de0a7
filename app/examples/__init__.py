"""The built-in examples: definitions that ship, each with a title and what to look for in it."""

from __future__ import annotations

from app.examples.circuits import CIRCUITS
from app.examples.example import Example
from app.examples.layers import LAYERS
from app.examples.networks import NETWORKS
from app.examples.sequences import SEQUENCES
from app.examples.units import UNITS

EXAMPLES: tuple[Example, ...] = (*NETWORKS, *CIRCUITS, *UNITS, *LAYERS, *SEQUENCES)

__all__ = ["EXAMPLES", "Example"]
