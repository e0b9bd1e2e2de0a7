"""Indicators as papers write them, 1[z > 0], 𝟙{m < 1}, in the language: where(z > 0, 1, 0)."""

from __future__ import annotations

import re
from collections.abc import Collection

_OPENS = re.compile(
    r"(?:(?<![\w.^⁻])1|𝟙|𝟏|𝕀|\\mathbb(?:m|f)?\s*\{\s*[1I]\s*\}|\\mathbf\s*\{\s*1\s*\}"
    r"|(?<![\w.\\])(?P<letter>I))\s*_?\s*(?P<open>[\[(]|\\?\{)|(?<![\w.})\]])(?P<bare>\()"
)
_COMPARES = re.compile(r"<|>|≤|≥|≠|!=|==")
_CHOICE = re.compile(
    r"(?<!\w)where\s*\(\s*(?P<one>[a-z])\s*(?P<sign>==?|!=|≠)\s*(?P<other>[a-z])\s*,"
)
_CLOSING = {"[": "]", "(": ")", "{": "}"}
_PAIRS = tuple(_CLOSING.items())


def with_indicators_as_choices(text: str, names: Collection[str]) -> str:
    """The text with each indicator of a comparison as a choice between 1 and 0.

    So is a comparison in brackets, (z > 0), which other languages have as a number. 1(i = j) of
    indices is left to the reader of elements, and I of a name I.
    """
    for match in reversed(list(_OPENS.finditer(text))):
        if match["letter"] and "I" in names:
            continue
        opened = match["bare"] or match["open"][-1]
        end = _closing(text, match.end(), opened)
        if end is None:
            continue
        inside = text[match.end() : end]
        if match["bare"] and _is_condition(text[: match.start()], text[end + 1 :]):
            continue
        found = _COMPARES.search(inside)
        sides = _COMPARES.split(inside, maxsplit=1)
        if found is None or all(re.fullmatch(r"=?\s*[a-z]\s*", each) for each in sides):
            continue
        commas = (each.start() for each in re.finditer(",", inside))
        if _at_depth_0(inside, found.start()) and not any(_at_depth_0(inside, k) for k in commas):
            inside = inside.removesuffix("\\")
            text = f"{text[: match.start()]}(where({inside}, 1, 0)){text[end + 1 :]}"
    return text


def _is_condition(before: str, after: str) -> bool:
    """Whether a comparison in brackets is a condition already: `where((z > 0), …)`, and in SymPy's
    text `Piecewise((1, (z > 0) | (z < -1)), …)`."""
    left, right = before.rstrip(), after.lstrip()
    joined = left[-1:] in ("|", "&", "~") or right[:1] in ("|", "&")
    chosen = left.endswith("(") and right.startswith(",")
    return joined or chosen or "Piecewise(" in before


def _at_depth_0(text: str, place: int) -> bool:
    return all(text[:place].count(one) == text[:place].count(other) for one, other in _PAIRS)


def _closing(text: str, start: int, opened: str) -> int | None:
    """Where the bracket that is open at `start` is closed."""
    depth = 1
    for place in range(start, len(text)):
        depth += (text[place] == opened) - (text[place] == _CLOSING[opened])
        if not depth:
            return place
    return None


def cases_of_indices(text: str) -> str:
    """`where(i == j, a, b)` of two indices, with an indicator for each case."""
    for match in reversed(list(_CHOICE.finditer(text))):
        depth, places = 1, [match.end()]
        for place in range(match.end(), len(text)):
            character = text[place]
            depth += (character in "([{") - (character in ")]}")
            if (character == "," and depth == 1) or not depth:
                places.append(place)
            if not depth:
                break
        if len(places) != 3 or depth:
            continue
        start, middle, end = places
        same, other = text[start:middle].strip(), text[middle + 1 : end].strip()
        signs = ("=", "!=") if match["sign"] in ("=", "==") else ("!=", "=")
        holds, fails = (f"1({match['one']} {sign} {match['other']})" for sign in signs)
        text = f"{text[: match.start()]}({holds}*({same}) + {fails}*({other})){text[end + 1 :]}"
    return text
