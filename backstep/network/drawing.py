"""A drawing of the graph at a step: as a picture that stands alone, as data, as a file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from os import PathLike
from pathlib import Path

from backstep.drawing import Direction, answer
from backstep.drawing.answer import DrawnGraph
from backstep.drawing.cascade import Theme
from backstep.drawing.png import SCALE
from backstep.export.pictures import PictureFormat, picture_file
from backstep.network.shown_errors import shown
from backstep.walk.walk_for import BoundWalk


class Drawing:
    """The graph at a step of the walk. A notebook shows it as SVG.

    Raises RequestError for a step that the walk does not have.
    """

    def __init__(
        self, found: BoundWalk, direction: Direction, step: int | None, theme: Theme
    ) -> None:
        self._found, self._direction, self._theme = found, direction, theme
        self._step = answer.step_of(found, step)

    def __repr__(self) -> str:
        return f"<drawing at step {self.step} of {self._found.walk.total}>"

    @property
    def step(self) -> int:
        """The step that is drawn."""
        return self._step

    @cached_property
    def svg(self) -> str:
        """The picture as SVG, with literal colours and typefaces."""
        return self._file("svg").decode()

    @property
    def pdf(self) -> bytes:
        """The picture as one page of PDF."""
        return self._file("pdf")

    @property
    def tikz(self) -> str:
        """A `standalone` document of LaTeX, whose `tikzpicture` can be copied into another."""
        return self._file("tikz").decode()

    @cached_property
    def graph(self) -> DrawnGraph:
        """Boxes, links and figures as data."""
        drawn = answer.drawn(self._found, self._direction, self._step)
        return answer.graph(self._found, drawn)

    @cached_property
    def dot(self) -> str:
        """The graph in Graphviz's language, with the numbers and colours of the step."""
        return self._file("dot").decode()

    def png(self, scale: float = SCALE) -> bytes:
        """The picture as PNG, `scale` pixels for each of the drawing's.

        Raises RequestError for a scale that is not between 0 and 16, LimitError for too many
        pixels.
        """
        return self._file("png", scale)

    def save(self, path: str | PathLike[str], *, scale: float = SCALE) -> None:
        """Write the drawing to a file, in the format that its name ends in: `net.svg`, `net.png`,
        `net.pdf`, `net.tex`, `net.dot`. `scale` is for a PNG, as `png` takes it.

        Raises ValueError for any other, and OSError.
        """
        file = Path(path)
        form = _FORMATS.get(file.suffix.lower())
        if form is None:
            known = ", ".join(_FORMATS)
            raise ValueError(f"a drawing is saved as one of {known}, not as '{file.name}'")
        file.write_bytes(self._file(form, scale))

    def _file(self, form: PictureFormat, scale: float = SCALE) -> bytes:
        with shown(""):
            return picture_file(
                self._found,
                form,
                direction=self._direction,
                step=self._step,
                theme=self._theme,
                scale=scale,
            ).body

    @property
    def on_ground(self) -> str:
        """The picture for a page of any colours: on the ground of its theme, and no wider than the
        page."""
        style = f"background: {_GROUND[self._theme]}; max-width: 100%; height: auto"
        return self.svg.replace("<svg ", f'<svg style="{style}" ', 1)

    def _repr_svg_(self) -> str:
        return self.on_ground


_GROUND: Mapping[Theme, str] = {"light": "#faf9f5", "dark": "#0e1116"}

_FORMATS: Mapping[str, PictureFormat] = {
    ".svg": "svg",
    ".png": "png",
    ".pdf": "pdf",
    ".tex": "tikz",
    ".dot": "dot",
}
"""By a file name's ending, what is written."""
