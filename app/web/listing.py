"""The built-in examples as the API and the pages list them, each with its link."""

from __future__ import annotations

from app.examples import EXAMPLES
from app.web import state

LISTED: tuple[dict[str, str], ...] = tuple(
    {
        "id": example.id,
        "title": example.title,
        "about": example.about,
        "source": example.source,
        "link": "/?d=" + state.encode({"source": example.source}),
    }
    for example in EXAMPLES
)


def listed(source: str) -> dict[str, str] | None:
    """The example that a text is, if it is one."""
    return next((each for each in LISTED if each["source"].strip() == source.strip()), None)
