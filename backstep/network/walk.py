"""The walk through backpropagation: its steps as data, as a page with links, as a widget."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from importlib.util import find_spec
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backstep.drawing import Direction
from backstep.drawing.answer import step_of
from backstep.drawing.cascade import Theme
from backstep.drawing.steps import (
    BackwardStep,
    ForwardStep,
    SharedBackwardStep,
    SharedForwardStep,
    WalkSteps,
    walk_steps,
)
from backstep.formula.mathml import element
from backstep.formula.set_latex import boxes
from backstep.network.drawing import Drawing
from backstep.network.templates import environment, text
from backstep.walk import Zoom
from backstep.walk.walk_for import BoundWalk

if TYPE_CHECKING:
    from backstep.network.widget import WalkWidget

Step = SharedForwardStep | SharedBackwardStep

_MOST_CHARACTERS = 8_000_000
"""Characters of all pictures of a page; past that it has the steps in words and formulas alone."""
_MOST_BESIDE = 1_000_000
"""The same of a page that is kept beside a widget, for readers of a notebook without a kernel."""
_FORMULAS = 12
"""Formulas of one step; a weight of many uses has more contributions than anybody reads."""
_DOCUMENT = (
    '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{title}</title>\n{body}\n'
    "</html>\n"
)


class Walk:
    """The walk, one node a step: forward, then backward.

    A sequence of steps. A notebook shows it as a widget where anywidget is installed, and as a page
    with links where it is not.
    """

    def __init__(self, found: BoundWalk, direction: Direction, theme: Theme) -> None:
        self._found, self._direction, self._theme = found, direction, theme

    def __repr__(self) -> str:
        return f"<walk of {self.total} steps at zoom '{self.zoom}'>"

    def __len__(self) -> int:
        return self.total

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __getitem__(self, place: int) -> Step:
        return self.steps[place]

    @cached_property
    def data(self) -> WalkSteps:
        """The steps and what they have in common, as `/steps` answers."""
        return walk_steps(self._found)

    @property
    def steps(self) -> Sequence[Step]:
        """From step 1; at step 0 nothing is computed."""
        return self.data.steps

    @property
    def total(self) -> int:
        """The last step's number."""
        return self._found.walk.total

    @property
    def first(self) -> int:
        """The step that is shown first: the loss is computed, and the way back begins."""
        return self._found.walk.forward

    @property
    def zoom(self) -> Zoom:
        """What a node is; coarser than asked for where `data.folded` says why."""
        return self._found.walk.zoom

    def drawing(self, step: int | None = None) -> Drawing:
        """The graph at a step, by default the last. Raises RequestError past that."""
        return Drawing(self._found, self._direction, step, self._theme)

    def page(self, step: int) -> str:
        """A step as HTML: the picture, the words, and the formulas as MathML.

        Raises RequestError for a step that the walk does not have.
        """
        return self._page(step_of(self._found, step), pictured=True)

    @cached_property
    def html(self) -> str:
        """All steps as HTML without a script: links go from step to step.

        Past some megabytes the pictures are left out.
        """
        pictured = self._characters <= _MOST_CHARACTERS
        pages = [
            {
                "step": step,
                "links": self._links(step),
                "content": self._page(step, pictured),
            }
            for step in range(self.total + 1)
        ]
        content = "".join(str(page["content"]) for page in pages)
        digest = hashlib.sha256(content.encode()).hexdigest()[:10]
        return (
            environment()
            .get_template("walk.html")
            .render(
                id=f"walk-{digest}",
                total=self.total,
                first=self.first,
                pages=pages,
                style=text("walk.css"),
            )
        )

    @cached_property
    def _characters(self) -> int:
        """About how many characters all pictures have."""
        return len(self.drawing(0).svg) * (self.total + 1)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the page to a file whose name ends in .html. Raises ValueError for any other."""
        file = Path(path)
        if file.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"a walk is saved as .html, not as '{file.name}'")
        title = "Backpropagation, step by step"
        file.write_text(_DOCUMENT.format(title=title, body=self.html), encoding="utf-8")

    def widget(self, step: int | None = None) -> WalkWidget:
        """The walk as a widget, at a step, by default where the way back begins.

        Raises ImportError if anywidget is not installed.
        """
        try:
            from backstep.network.widget import WalkWidget
        except ImportError as error:
            raise ImportError(
                "a widget needs anywidget: pip install 'backstep-learn[notebook]'"
            ) from error
        return WalkWidget(self, step)

    @cached_property
    def _shown(self) -> WalkWidget:
        return self.widget()

    def _repr_html_(self) -> str:
        return self.html

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Any:
        page = {"text/plain": repr(self)}
        if find_spec("anywidget") is None:
            return {**page, "text/html": self.html}
        if self._characters <= _MOST_BESIDE:
            page["text/html"] = self.html
        found = self._shown._repr_mimebundle_()
        shown, metadata = found if isinstance(found, tuple) else (found, {})
        return {**page, **(shown or {})}, metadata

    def _links(self, step: int) -> Sequence[tuple[str, int | None]]:
        last = self.total
        return (
            ("« start", 0 if step else None),
            ("← back", step - 1 if step else None),
            ("on →", step + 1 if step < last else None),
            ("end »", last if step < last else None),
        )

    def _page(self, step: int, pictured: bool) -> str:
        at = None if step == 0 else self.steps[step - 1]
        words = "Nothing is computed yet." if at is None else _sentence(at.words)
        notes = [] if at is None else [at.remark, at.note if at.phase == "backward" else None]
        content: Mapping[str, object] = {
            "picture": self.drawing(step).on_ground if pictured else "",
            "words": words,
            "formulas": [] if at is None else [_set(each) for each in equations(at)],
            "note": "; ".join(filter(None, notes)),
        }
        return environment().get_template("step.html").render(**content)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:] + "."


def equations(step: ForwardStep | BackwardStep) -> Iterator[str]:
    """A step's equations as LaTeX, in symbols and, of scalars, in numbers."""
    if isinstance(step, ForwardStep):
        if step.formula is not None:
            parts = [step.symbol.latex, step.formula.latex, step.formula.numbers]
            yield " = ".join(filter(None, parts))
        return
    rules = [each.rule for each in step.contributions if each.rule is not None]
    for rule in rules[:_FORMULAS]:
        yield rule.latex
        if rule.numbers is not None:
            yield rule.numbers


def _set(latex: str) -> str:
    """LaTeX as MathML; what cannot be set stays LaTeX, escaped."""
    box = boxes(latex)
    if box is not None:
        return element(box, display=False)
    return str(environment().from_string("<code>{{ latex }}</code>").render(latex=latex))
