"""The walk as a sequence, as a page whose links work without a script, and as a widget."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from backstep.errors import RequestError
from backstep.network import Network
from backstep.network.walk import Walk

NET = "input x = 2\nparam w = 0.5\nz = w*x\nL = relu(z - 1) + z"


@pytest.fixture(scope="module")
def walk() -> Walk:
    """The walk of a small net."""
    return Network(NET).walk()


def test_a_walk_is_the_sequence_of_its_steps(walk: Walk) -> None:
    assert [each.step for each in walk] == list(range(1, walk.total + 1))
    assert len(walk) == walk.total == len(walk.steps)
    assert walk[-1].phase == "backward"
    assert walk[walk.first - 1].name == "L"
    assert walk.drawing(3).step == 3
    for ask in (walk.drawing, walk.page):
        with pytest.raises(RequestError, match="no step"):
            ask(walk.total + 1)


def test_every_link_of_the_page_leads_to_a_step_of_it(walk: Walk) -> None:
    page = walk.html
    ids = re.findall(r'<section id="([\w-]+)"', page)
    targets = re.findall(r'<a href="#([\w-]+)"', page)
    assert len(ids) == len(set(ids)) == walk.total + 1
    assert set(targets) == set(ids)
    assert page.count('class="is-first"') == 1
    assert page.count("<svg") == walk.total + 1
    assert "<script" not in page
    assert "kink at 0" in page


def test_a_page_shows_the_step_in_words_and_formulas(walk: Walk) -> None:
    assert "Nothing is computed yet." in walk.page(0)
    assert walk.steps[3].words[:1].upper() + walk.steps[3].words[1:] in walk.page(4)
    assert "<math" in walk.page(walk.total)


def test_a_page_of_too_many_characters_leaves_its_pictures_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("backstep.network.walk._MOST_CHARACTERS", 1000)
    long = Network(NET).walk()
    assert "<svg" not in long.html
    assert "<math" in long.html
    assert "<svg" in long.page(7)


def test_a_walk_is_saved_as_a_page(walk: Walk, tmp_path: Path) -> None:
    walk.save(tmp_path / "walk.html")
    assert walk.html in (tmp_path / "walk.html").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match=r"\.html"):
        walk.save(tmp_path / "walk.pdf")


def test_without_anywidget_a_notebook_shows_the_page(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "backstep.network.widget", raising=False)
    shown = walk._repr_mimebundle_()
    assert shown == {"text/plain": repr(walk), "text/html": walk.html}
    with pytest.raises(ImportError, match="backstep-learn\\[notebook\\]"):
        walk.widget()
