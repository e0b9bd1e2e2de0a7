"""The walk as a widget of a notebook. Needs anywidget, the extra `notebook`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anywidget
import traitlets

from backstep.network.templates import text

if TYPE_CHECKING:
    from backstep.network.walk import Walk


class WalkWidget(anywidget.AnyWidget):
    """A walk at a `step` that buttons, a slider and the arrow keys choose.

    `step` may be set, and observed, from Python.
    """

    _esm = text("walk.js")
    _css = text("walk.css")
    step = traitlets.Int().tag(sync=True)
    total = traitlets.Int().tag(sync=True)
    page = traitlets.Unicode().tag(sync=True)
    """The step's page, as HTML that Backstep wrote."""

    def __init__(self, walk: Walk, step: int | None = None) -> None:
        self._walk = walk
        at = walk.first if step is None else step
        super().__init__(step=at, total=walk.total, page=walk.page(at))

    @traitlets.validate("step")
    def _within(self, proposal: traitlets.Bunch) -> int:
        return max(0, min(self._walk.total, int(proposal["value"])))

    @traitlets.observe("step")
    def _moved(self, change: traitlets.Bunch) -> None:
        self.page = self._walk.page(change["new"])
