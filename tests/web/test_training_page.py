"""The page of trainings as the server makes it: its options, its links, what it shows by itself."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from app.api import share_link
from app.web.training_page import LISTED, options
from backstep.examples import TRAININGS, Training
from tests.asking import plain, run

pytestmark = pytest.mark.anyio

LINE = "input x = [1, 2, 3]\ntarget y = [2, 4, 5]\nparam w = 0.5\nL = mean((w*x - y)^2)\n"


async def page(client: httpx.AsyncClient, source: str = LINE, **query: Any) -> str:
    response = await client.get(
        "/train", params={"d": share_link.encode({"source": source}), **query}
    )
    assert response.status_code == 200
    return response.text


@pytest.mark.parametrize("training", TRAININGS, ids=lambda training: training.example.id)
def test_every_ready_made_training_learns(training: Training) -> None:
    request: dict[str, Any] = {
        "source": training.example.source,
        "values": {},
        "fit": True,
        **training.options,
    }
    asked = run(request)
    begun = asked.begin()
    summary = plain(asked.go_on(begun.state, seconds=60.0).summary)
    if training.example.id == "xor":
        assert summary["outcome"] == "at_rest"
    else:
        assert summary["outcome"] == "done"
        assert summary["loss"]["last"] < 0.4 * summary["loss"]["first"]
    if training.example.id != "narrow-valley":
        assert begun.start.fit is not None


async def test_without_anything_it_opens_on_the_first_training(real: httpx.AsyncClient) -> None:
    response = await real.get("/train")
    assert (response.status_code, response.headers["location"]) == (303, LISTED[0]["link"])
    shown = await real.get(LISTED[0]["link"])
    assert "A sine by eight tanh units" in shown.text
    assert re.search(r'<option value="adam"[^>]* selected', shown.text)


async def test_the_options_of_the_address_stand_in_the_form(real: httpx.AsyncClient) -> None:
    shown = await page(real, optimiser="momentum", mu="0.8", steps="50", batch="2", shuffle="0")
    assert re.search(r'name="mu"[^>]*value="0.8"', shown)
    assert re.search(r'name="steps"[^>]*value="50"', shown)
    assert re.search(r'data-of="momentum">', shown)
    assert re.search(r'data-of="adam" hidden disabled', shown)
    assert re.search(r'<option value="0" selected>as it stands', shown)
    # The rule in symbols, as mathematics that needs no script.
    assert shown.count("<math") >= 2
    assert "←" in shown


async def test_the_script_is_told_which_element_to_begin_with(real: httpx.AsyncClient) -> None:
    told = re.search(r'class="training">(.*?)</script>', await page(real), re.S)
    assert told is not None
    assert '"watch":"w"' in told[1]
    matrix = await page(real, "param W[2, 3] ~ ones\nL = sum(W^2)\n")
    assert '"watch":"W[0,0]"' in matrix


async def test_what_is_asked_wrongly_is_told_on_the_page(real: httpx.AsyncClient) -> None:
    assert "&#39;mu&#39; is a number from 0 to 1" in await page(real, optimiser="momentum", mu="3")
    assert "steps" in await page(real, steps="many")
    faulty = html.unescape(await page(real, LINE.replace("mean", "meen")))
    assert "line 4, column 5: " in faulty
    assert "no parameter" in await page(real, "input x = 1\nL = x")


async def test_a_form_leads_to_an_address_that_shows_the_loss(real: httpx.AsyncClient) -> None:
    sent = {"source": LINE.replace("\n", "\r\n"), "optimiser": "sgd", "steps": "24", "clip": ""}
    response = await real.get("/train", params={**sent, "run": "1"})
    assert response.status_code == 303
    query = parse_qs(urlsplit(response.headers["location"]).query)
    assert share_link.decode(query.pop("d")[0])["source"] == LINE
    assert query == {"optimiser": ["sgd"], "steps": ["24"], "run": ["1"]}
    shown = (await real.get(response.headers["location"])).text
    rows = re.findall(r'<tr><th scope="row">(\d+)</th>', shown)
    # The step before the last has the last update that was made.
    assert rows == [str(step) for step in sorted({*range(0, 25, 2), 23})]


async def test_the_working_page_leads_here_with_what_it_shows(real: httpx.AsyncClient) -> None:
    d, later = (share_link.encode({"source": LINE, "values": {"w": w}}) for w in (1, 2))
    work = (await real.get("/", params={"d": d})).text
    assert f'href="/train?d={d}&amp;from=page"' in work
    for come, expected in (
        (None, d),
        (f"http://backstep/?d={later}", later),
        ("http://backstep/examples", d),
    ):
        headers = {} if come is None else {"Referer": come}
        response = await real.get("/train", params={"d": d, "from": "page"}, headers=headers)
        query = parse_qs(urlsplit(response.headers["location"]).query)
        assert query == {"d": [expected]}
    nowhere = await real.get("/train", params={"from": "page"})
    assert nowhere.headers["location"] == LISTED[0]["link"]


def test_settings_of_what_is_not_chosen_are_left_out() -> None:
    found = options(
        {"optimiser": "adam", "beta_1": "0.8", "mu": "0.5", "rate": "1e-3", "seed": "x"}
    )
    assert found["settings"] == {"beta_1": 0.8}
    assert (found["rate"], found["seed"], found["steps"]) == (0.001, "x", 200)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("rate", "fast", "must be a number"),
        ("steps", "1.5", "must be a whole number"),
        ("clip", "0", "must be above 0"),
        ("seed", "-1", "must be at least 0"),
        ("weight_decay", "-2", "must be at least 0"),
        ("average", "often", "must be a whole number"),
        ("mu", "strong", "must be a number"),
        ("optimiser", "luck", "must be one of"),
    ],
)
async def test_a_bad_field_is_marked_in_place_without_a_script(
    real: httpx.AsyncClient, name: str, value: str, said: str
) -> None:
    others = {"optimiser": "momentum"} if name == "mu" else {}
    shown = await page(real, **{**others, name: value})
    marked = re.findall(r'name="(\w+)"[^>]*aria-invalid="true" aria-describedby="([^"]+)"', shown)
    assert marked == [(name, f"fault-{name}")]
    (message,) = re.findall(rf'id="fault-{name}">([^<]*)<', shown)
    assert said in html.unescape(message)
    assert f"'{name}'" not in html.unescape(message), "the label names the field"


def test_what_is_no_option_is_kept_for_the_call_to_refuse() -> None:
    assert options({"ratte": "1", "d": "x", "run": "1"})["ratte"] == "1"
    assert {"d", "run"}.isdisjoint(options({"d": "x", "run": "1"}))
    assert options({"every": "10"})["every"] == 10
