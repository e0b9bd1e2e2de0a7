"""A drawing of the graph at a step: as a picture that stands alone, as data, as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from os import PathLike
from pathlib import Path

from backstep.drawing import Direction, answer
from backstep.drawing.answer import DrawnGraph
from backstep.drawing.svg import Theme
from backstep.walk.walk_for import BoundWalk


class Drawing:
    """The graph at a step of the walk. A notebook shows it as SVG.

    Raises RequestError for a step that the walk does not have.
    """

    def __init__(
        self, found: BoundWalk, direction: Direction, step: int | None, theme: Theme
    ) -> None:
        self._found, self._theme = found, theme
        self._drawn = answer.drawn(found, direction, step)

    def __repr__(self) -> str:
        return f"<drawing at step {self.step} of {self._found.walk.total}>"

    @property
    def step(self) -> int:
        """The step that is drawn."""
        return self._drawn.step

    @cached_property
    def svg(self) -> str:
        """The picture as SVG."""
        return answer.svg(self._found, self._drawn, self._theme)

    @cached_property
    def graph(self) -> DrawnGraph:
        """Boxes, links and figures as data."""
        return answer.graph(self._found, self._drawn)

    @cached_property
    def dot(self) -> str:
        """The boxes and links in Graphviz's language."""
        return answer.dot(self._found, self._drawn)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the drawing to a file, in the format that its name ends in: `net.svg`, `net.dot`.

        Raises ValueError for any other, and OSError.
        """
        file = Path(path)
        write = _WRITERS.get(file.suffix.lower())
        if write is None:
            known = ", ".join(_WRITERS)
            raise ValueError(f"a drawing is saved as one of {known}, not as '{file.name}'")
        file.write_bytes(write(self))

    def _repr_svg_(self) -> str:
        return self.svg


_WRITERS: Mapping[str, Callable[[Drawing], bytes]] = {
    ".svg": lambda drawing: drawing.svg.encode(),
    ".dot": lambda drawing: drawing.dot.encode(),
}
"""By a file name's ending, what is written."""
