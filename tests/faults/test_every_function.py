"""Every function as its page shows it, and with tensors of one element, in every call: an answer or
a refusal in words.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from backstep.errors import DefinitionError
from backstep.lang.compile.compiler import compile_text
from backstep.operations.listing import sources
from tests.faults.cases import ask
from tests.faults.test_no_elements import ASKED

WRITTEN_OUT = re.compile(r"\[[^\n]*\]")


def _first(rows: Any) -> Any:
    """The first element, with as many axes around it."""
    return [_first(rows[0])] if isinstance(rows, list) else rows


def _with_one_element(source: str) -> str:
    """The definition with one element in each tensor that is written out."""

    def one(match: re.Match[str]) -> str:
        try:
            return json.dumps(_first(json.loads(match[0])))
        except json.JSONDecodeError:
            return match[0]

    return WRITTEN_OUT.sub(one, source)


def _with_a_loss(source: str) -> str:
    """Of one element the result may have axes still: a loss has none."""
    return re.sub(r"(?m)^L = (.+)$", r"L = sum(\1)", source)


OWN = sources()
SMALL = {
    name: _with_a_loss(_with_one_element(source))
    for name, source in OWN.items()
    if _with_one_element(source) != source
}


def _answer(source: str) -> list[tuple[str, int]]:
    try:
        leaves = [leaf.name for leaf in compile_text(source).leaves] or ["x"]
    except DefinitionError:
        leaves = ["x"]
    asked = []
    for call, more in ASKED:
        named = {**more}
        if "of" in named and named["of"] not in ("L", *leaves):
            named["of"] = leaves[0]
        if named.get("wrt") not in (None, *leaves):
            named["wrt"] = [leaves[0]] if isinstance(named["wrt"], list) else leaves[0]
        if "answer" in named:
            named["answer"] = f"0*{named['of']}"
        asked.append((call, ask(f"POST /{call}", {"source": source, **named})[0]))
    return asked


@pytest.mark.slow
@pytest.mark.parametrize("name", list(OWN))
def test_as_its_page_shows_it(name: str) -> None:
    found = _answer(OWN[name])
    assert ("evaluate", 200) in found


@pytest.mark.slow
@pytest.mark.parametrize("name", list(SMALL))
def test_with_one_element(name: str) -> None:
    found = _answer(SMALL[name])
    # What evaluates is drawn and walked too, and its exported program gives the same.
    if ("evaluate", 200) not in found:
        assert {status for _, status in found} == {422}
    else:
        for call in ("graph", "steps", "derive", "export_check", "check"):
            assert (call, 422) not in found
