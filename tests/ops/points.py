"""All special points, in one tuple. Holds none itself."""

from __future__ import annotations

from tests.ops.point import Point
from tests.ops.points_of_elementary import OF_ELEMENTARY
from tests.ops.points_of_formulas import OF_FORMULAS
from tests.ops.points_of_layers import OF_LAYERS
from tests.ops.points_of_matrices import OF_MATRICES

POINTS: tuple[Point, ...] = (*OF_ELEMENTARY, *OF_FORMULAS, *OF_LAYERS, *OF_MATRICES)
