"""The drawing: what stands where at a step, and the same as data for a template or for JSON."""

from backstep.drawing.content import Direction, Drawing, draw
from backstep.drawing.picture import picture

__all__ = ["Direction", "Drawing", "draw", "picture"]
