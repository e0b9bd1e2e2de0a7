"""Pages that need no script: the loss along a value, and a partial to be guessed."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from app.api import share_link
from backstep.examples import EXAMPLES

NEURON = EXAMPLES[0].source

pytestmark = pytest.mark.anyio


async def opened(
    client: httpx.AsyncClient, path: str, status: int = 200, **query: Any
) -> httpx.Response:
    state = {"source": NEURON, **query.pop("state", {})}
    response = await client.get(
        path,
        params={"d": share_link.encode(state), **query},
        headers={"accept": "text/html"},
    )
    assert response.status_code == status, response.text
    return response


async def test_the_loss_along_a_value_is_a_picture_with_its_tangent(
    real: httpx.AsyncClient,
) -> None:
    text = (await opened(real, "/slope", of="w", state={"values": {"w": -0.4}})).text
    assert "L is 0.2974 at w = −0.4, slope −0.3612, falling." in text
    [line] = re.findall(r'class="slope-line" d="M([^"]+)"', text)
    assert line.count("L") == 160
    [tangent] = re.findall(r'class="slope-tangent" d="M([-\d. ]+)L([-\d. ]+)"', text)
    [(x, y)] = re.findall(r'class="slope-here" cx="([\d.]+)" cy="([\d.]+)"', text)
    (left, top), (right, bottom) = (tuple(map(float, each.split())) for each in tangent)
    assert left < float(x) < right
    assert top < float(y) < bottom, "downhill, where up is less"


async def test_a_gap_is_where_the_loss_is_not_finite(real: httpx.AsyncClient) -> None:
    state = {"source": "param w = 1\nL = log(w)^2\n"}
    text = (await opened(real, "/slope", of="w", state=state)).text
    [line] = re.findall(r'class="slope-line" d="M([^"]+)"', text)
    assert line.count("L") == 79


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"of": "z"}, "z is no declared number"),
        ({"of": "<b>"}, "&lt;b&gt; is no declared number"),
        ({"of": "w", "from": "1", "to": "1"}, "The ends are two numbers"),
        ({"of": "w", "from": "x"}, "The ends are two numbers"),
    ],
)
async def test_what_cannot_be_drawn_is_refused_in_words(
    real: httpx.AsyncClient, query: dict[str, str], said: str
) -> None:
    assert said in (await opened(real, "/slope", 422, **query)).text


async def test_a_guess_is_asked_for_and_judged_on_the_next_page(real: httpx.AsyncClient) -> None:
    state = {"step": 15}
    text = (await opened(real, "/guess", state=state)).text
    assert "that of L with respect to z" in text
    before = text[: text.index("<details>")]
    assert "0.07357" not in before, "neither the drawing nor the question tells it"
    right = (await opened(real, "/guess", state=state, answer="(u - y)*u*(1 - u)")).text
    assert 'verdict is-right" role="status">✓ Right.' in right
    wrong = (await opened(real, "/guess", state=state, answer="(u - y)*u")).text
    assert 'verdict is-wrong" role="status">✗ Not yet.' in wrong
    assert "0.07357" not in wrong[: wrong.index("<details>")]
    unreadable = await opened(real, "/guess", state=state, answer="(u -")
    assert "Not judged: " in unreadable.text
    assert "never closed" in unreadable.text


async def test_guesses_lead_from_partial_to_partial_in_the_order_of_the_walk(
    real: httpx.AsyncClient,
) -> None:
    response = await opened(real, "/guess", state={"step": 0})
    seen = []
    while True:
        [who] = re.findall(r"with respect to (\S+)\.</p>", response.text)
        seen.append(who)
        onward = re.search(r'href="(/guess\?d=[^"]+)">The next partial', response.text)
        if onward is None:
            break
        response = await real.get(onward[1])
    assert seen[0] in ("l", "r")
    assert {"w", "b", "z", "u", "l"} <= set(seen)


async def test_the_page_leads_to_both_where_no_script_runs(real: httpx.AsyncClient) -> None:
    text = (await opened(real, "/")).text
    ways = re.findall(r"<noscript>.*?</noscript>", text, re.S)
    assert any('href="/guess?d=' in each for each in ways)
    assert sum('href="/slope?d=' in each for each in ways) == 5


@pytest.mark.parametrize("state", [{}, {"d": share_link.encode({"source": NEURON})}])
async def test_a_round_begins_at_its_first_partial_and_needs_no_script(
    real: httpx.AsyncClient, state: dict[str, str]
) -> None:
    """Where it began at the end of the walk, all the other partials would be told."""
    shown = await real.get("/", params={"guess": "1", **state}, headers={"accept": "text/html"})
    [onward] = re.findall(
        r'<noscript><meta http-equiv="refresh" content="0; url=([^"]+)"></noscript>', shown.text
    )
    asked = await real.get(onward)
    assert "Partial 1 of " in asked.text
    assert 'http-equiv="refresh"' not in (await opened(real, "/")).text


async def test_a_text_without_a_partial_to_guess_leads_nowhere(real: httpx.AsyncClient) -> None:
    shown = await opened(real, "/", guess="1", state={"source": "input x = 2\nL = x*"})
    assert 'http-equiv="refresh"' not in shown.text
