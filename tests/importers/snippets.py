"""All texts whose loss and gradients are compared."""

from __future__ import annotations

from tests.importers.snippet import Snippet
from tests.importers.snippets_jax import JAX
from tests.importers.snippets_numpy import NUMPY
from tests.importers.snippets_torch import TORCH

SNIPPETS: tuple[Snippet, ...] = (*NUMPY, *TORCH, *JAX)
