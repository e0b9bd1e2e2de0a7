"""The drawing: what stands where at a step, and the same as data for a template or for JSON."""

from app.drawing.content import Direction, Drawing, draw
from app.drawing.picture import picture

__all__ = ["Direction", "Drawing", "draw", "picture"]
