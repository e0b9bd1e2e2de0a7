"""GET /examples: the built-in definitions, each with the link that opens it."""

from __future__ import annotations

from backstep.examples import EXAMPLES

from . import share_link
from .answers import ExamplesAnswer
from .call import Call

LISTED: tuple[dict[str, str], ...] = tuple(
    {
        "id": example.id,
        "title": example.title,
        "about": example.about,
        "source": example.source,
        "link": "/?d=" + share_link.encode({"source": example.source}),
    }
    for example in EXAMPLES
)


def listed(source: str) -> dict[str, str] | None:
    """The example that a text is, if it is one."""
    return next((each for each in LISTED if each["source"].strip() == source.strip()), None)


CALL = Call("examples", None, None, ExamplesAnswer, method="GET", about="The built-in definitions.")
