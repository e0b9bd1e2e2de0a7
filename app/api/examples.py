"""GET /examples: the built-in definitions, each with the link that opens it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backstep.examples import EXAMPLES, SUBJECTS

from . import share_link
from .call import Call


@dataclass(frozen=True, slots=True)
class LinkedExample:
    """A built-in definition, with the link that opens it."""

    id: str
    """Such as `toy-neuron`."""
    title: str
    """Such as `One neuron with weight decay`."""
    about: str
    subject: str
    """What it is listed under, such as `Small networks`."""
    source: str
    """The definition's text."""
    link: str
    """Opens it on the page, such as `/?d=eNq…`."""


@dataclass(frozen=True, slots=True)
class Examples:
    """The built-in definitions."""

    examples: Sequence[LinkedExample]


LISTED = tuple(
    LinkedExample(
        id=example.id,
        title=example.title,
        about=example.about,
        subject=SUBJECTS[example.id],
        source=example.source,
        link="/?d=" + share_link.encode({"source": example.source}),
    )
    for example in EXAMPLES
)


def listed(source: str) -> LinkedExample | None:
    """The example whose source is this text, if there is one."""
    return next((each for each in LISTED if each.source.strip() == source.strip()), None)


CALL = Call("examples", None, None, Examples, method="GET", about="The built-in definitions.")
