"""The drawing's style sheets, read: the declarations that hold for an element, with literal values.

A reader of our own sheets alone: selectors of types, classes, attributes and `:is()`, below one
another; custom properties and `light-dark()`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

Theme = Literal["light", "dark"]

_STYLE = Path(__file__).parent / "style"
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_MEDIA = re.compile(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_BLOCK = re.compile(r"([^{}]+)\{([^{}]*)\}")
_PART = re.compile(
    r"(?P<type>\*|[a-z]+)|\.(?P<class>[\w-]+)|\[(?P<name>[\w-]+)=\"(?P<value>[^\"]*)\"\]"
    r"|:is\((?P<any>[^()]*)\)"
)
_VARIABLE = re.compile(r"var\((--[\w-]+)\)")
_TWINS = re.compile(r"light-dark\(((?:[^(),]|\([^()]*\))+),((?:[^(),]|\([^()]*\))+)\)")


@dataclass(frozen=True, slots=True)
class Mark:
    """What selectors see of an element: its type, its classes, its attributes."""

    tag: str
    classes: frozenset[str]
    attributes: tuple[tuple[str, str], ...] = ()


_Specificity = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Compound:
    """A selector of one element."""

    tag: str | None
    classes: frozenset[str]
    attributes: tuple[tuple[str, str], ...]
    choices: tuple[tuple[_Compound, ...], ...]

    def holds(self, mark: Mark) -> bool:
        return (
            self.tag in (None, mark.tag)
            and self.classes <= mark.classes
            and all(each in mark.attributes for each in self.attributes)
            and all(any(each.holds(mark) for each in choice) for choice in self.choices)
        )

    @property
    def specificity(self) -> _Specificity:
        inner = [max(each.specificity for each in choice) for choice in self.choices]
        marks = len(self.classes) + len(self.attributes) + sum(each[0] for each in inner)
        return marks, (self.tag is not None) + sum(each[1] for each in inner)


@dataclass(frozen=True, slots=True)
class _Rule:
    selector: tuple[_Compound, ...]
    """The element's own selector last, those of elements around it before."""
    declarations: Mapping[str, str]

    def holds(self, chain: Sequence[Mark]) -> bool:
        """Whether it holds for the last of the elements, each of which is inside the one before."""
        if not self.selector[-1].holds(chain[-1]):
            return False
        around = iter(reversed(chain[:-1]))
        return all(
            any(wanted.holds(mark) for mark in around) for wanted in reversed(self.selector[:-1])
        )

    @property
    def specificity(self) -> _Specificity:
        marks, types = zip(*(each.specificity for each in self.selector), strict=True)
        return sum(marks), sum(types)


class Cascade:
    """The drawing's sheets in a theme. `faces` replace custom properties, such as `--text`."""

    def __init__(self, theme: Theme, faces: Mapping[str, str]) -> None:
        self._properties = {**_properties(), **faces}
        self._theme = theme
        self._found: dict[tuple[Mark, ...], Mapping[str, str]] = {}

    def of(self, chain: tuple[Mark, ...]) -> Mapping[str, str]:
        """The declarations for the last of the elements, each inside the one before: by property,
        as literal values."""
        found = self._found.get(chain)
        if found is None:
            merged: dict[str, str] = {}
            for rule in _rules():
                if rule.holds(chain):
                    merged |= rule.declarations
            found = {name: self.literal(value) for name, value in merged.items()}
            self._found[chain] = found
        return found

    def literal(self, value: str) -> str:
        """A value without custom properties and without a twin for the other theme."""
        while _VARIABLE.search(value):
            value = _VARIABLE.sub(lambda match: self._properties[match[1]], value)
        side = 1 if self._theme == "light" else 2
        return _TWINS.sub(lambda match: match[side].strip(), value)


def sheet() -> str:
    """The drawing's own sheet."""
    return (_STYLE / "drawing.css").read_text(encoding="utf-8")


def _blocks(text: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    plain = _MEDIA.sub("", _COMMENT.sub("", text))
    for selector, body in _BLOCK.findall(plain):
        pairs = (each.partition(":") for each in body.split(";") if each.strip())
        yield selector.strip(), {name.strip(): " ".join(value.split()) for name, _, value in pairs}


@cache
def _properties() -> Mapping[str, str]:
    """The custom properties of every theme."""
    found: dict[str, str] = {}
    for name in ("raw.css", "meanings.css"):
        for selector, declarations in _blocks((_STYLE / name).read_text(encoding="utf-8")):
            if selector == ":root":
                found |= declarations
    return found


@cache
def _rules() -> tuple[_Rule, ...]:
    """The rules of the drawing's sheet, those that prevail last."""
    rules = [
        _Rule(tuple(_compound(each) for each in selector.split(" ")), declarations)
        for selectors, declarations in _blocks(sheet())
        for selector in _listed(" ".join(selectors.split()))
    ]
    return tuple(sorted(rules, key=lambda rule: rule.specificity))


def _listed(selectors: str) -> list[str]:
    """The selectors of a list, whose commas inside brackets divide nothing. Those within `:is()`
    have no spaces afterwards."""
    inside = re.sub(r"\([^()]*\)", lambda match: match[0].replace(" ", ""), selectors)
    return [each.strip() for each in re.split(r",(?![^()]*\))", inside)]


def _compound(text: str) -> _Compound:
    """Raises ValueError for a selector that is not of the kinds above."""
    tag, end = None, 0
    classes: list[str] = []
    attributes: list[tuple[str, str]] = []
    choices: list[tuple[_Compound, ...]] = []
    while end < len(text):
        part = _PART.match(text, end)
        if part is None:
            raise ValueError(f"a selector of the drawing's sheet is not understood: {text!r}")
        end = part.end()
        if part["type"]:
            tag = None if part["type"] == "*" else part["type"]
        elif part["class"]:
            classes.append(part["class"])
        elif part["name"]:
            attributes.append((part["name"], part["value"]))
        else:
            choices.append(tuple(_compound(each) for each in part["any"].split(",")))
    return _Compound(tag, frozenset(classes), tuple(attributes), tuple(choices))
