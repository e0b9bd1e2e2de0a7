"""The drawing of the graph at a step, as SVG, as DOT, and as data for JSON."""

from backstep.drawing.content import Direction, Drawing, draw
from backstep.drawing.picture import picture

__all__ = ["Direction", "Drawing", "draw", "picture"]
