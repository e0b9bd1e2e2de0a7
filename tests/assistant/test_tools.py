"""An assistant's tools: each answers what the library computes, and the SDK serves all five."""

from __future__ import annotations

import asyncio
import base64
import inspect
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from app.assistant.tools import (
    INSTRUCTIONS,
    TOOLS,
    check_answer,
    derive,
    draw,
    evaluate,
    explain_step,
)
from app.jobs.protocol import to_json
from backstep.binding.bind import bind
from backstep.clock import OutOfTime
from backstep.errors import AnswerError, BackstepError, RequestError, TimeUp
from backstep.network import Network

NET = "input x = 2\nparam w = 0.5\nz = w*x\nu = sigmoid(z)\nL = (u - 1)^2/2"


def test_numbers_are_the_librarys_and_json() -> None:
    found = json.loads(to_json(evaluate(NET, {"w": 0.7})))
    e = Network(NET).evaluate(w=0.7)
    assert found["loss"] == {"name": "L", "value": e.loss}
    assert found["gradients"] == {"w": float(e.gradients["w"])}
    large = evaluate("param W[100, 100] ~ normal(0, 1)\nL = sum(relu(W)^2)")
    assert len(to_json(large)) < 1000


def test_formulas_have_their_intermediate_results() -> None:
    found: Any = derive(NET, form="shared")
    made = Network(NET).gradient("w", form="shared")
    assert found["∂L/∂w"]["text"] == made.text
    assert found["∂L/∂w"]["definitions"] == {each.name: each.text for each in made.definitions}
    assert list(derive(NET, ["z", "u"])) == ["∂L/∂z", "∂L/∂u"]


def test_a_step_is_told_in_words_formulas_and_numbers() -> None:
    walk = Network(NET).walk()
    for step in walk:
        found: Any = explain_step(NET, step.step)
        assert (found["words"], found["phase"]) == (step.words, step.phase)
        assert found["total"] == walk.total
    assert any("\\partial" in formula for formula in found["formulas"])
    for step_past in (0, walk.total + 1):
        with pytest.raises(RequestError, match="no step"):
            explain_step(NET, step_past)


def test_an_answer_is_judged() -> None:
    right: Any = check_answer(NET, "w", "(u - 1)*u*(1 - u)*x")
    assert (right["equal"], right["proved"], right["hint"]) == (True, True, None)
    wrong: Any = check_answer(NET, "w", "(u - 1)*u*(1 - u)")
    assert wrong["equal"] is False
    assert wrong["hint"] == "the factor x = ∂z/∂w is missing"
    assert wrong["at"]["x"] == 2.0
    with pytest.raises(AnswerError) as refused:
        check_answer(NET, "w", "(u - 1")
    assert str(refused.value).splitlines()[1] == "  1 | (u - 1"


def test_a_drawing_is_a_picture_of_the_step() -> None:
    assert draw(NET, step=3) == Network(NET).graph(step=3).png()


def test_a_text_at_fault_is_told_with_its_place() -> None:
    for tool in TOOLS:
        needed = {"step": 1, "of": "w", "answer": "1"}
        given = {
            name: needed[name] for name in inspect.signature(tool).parameters if name in needed
        }
        with pytest.raises(BackstepError) as refused:
            tool("param w = 1\nL = w*v", **given)
        assert str(refused.value).startswith("line 2, column 7: unknown name 'v'\n  2 | L = w*v")


def test_what_takes_too_long_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def late(*_: object) -> None:
        raise OutOfTime

    monkeypatch.setattr("app.assistant.tools.bind", late)
    with pytest.raises(TimeUp, match="of processor time"):
        evaluate(NET)


def test_the_instructions_show_a_definition_that_compiles() -> None:
    shown = INSTRUCTIONS.split("\n\n")[1]
    assert bind(shown).definition.loss_name == "L"


@pytest.mark.slow
def test_the_sdk_serves_five_tools_in_few_bytes() -> None:
    mcp = pytest.importorskip("mcp", reason="needs the extra mcp")
    root = Path(__file__).resolve().parents[2]
    begun = mcp.StdioServerParameters(
        command=sys.executable, args=["-m", "app.cli", "mcp"], cwd=str(root)
    )

    async def asked() -> list[Any]:
        async with mcp.Client(begun) as client:
            assert client.instructions == INSTRUCTIONS
            return [
                await client.list_tools(),
                await client.call_tool("evaluate", {"source": NET, "values": {"w": 0.7}}),
                await client.call_tool("draw", {"source": NET}),
                await client.call_tool("evaluate", {"source": "L = v"}),
            ]

    listed, numbers, picture, refused = asyncio.run(asked())
    assert [tool.name for tool in listed.tools] == [tool.__name__ for tool in TOOLS]
    assert len(listed.model_dump_json(exclude_none=True)) < 8000 - len(INSTRUCTIONS)
    assert json.loads(numbers.content[0].text) == json.loads(to_json(evaluate(NET, {"w": 0.7})))
    assert base64.b64decode(picture.content[0].data) == draw(NET)
    assert refused.is_error
    assert "  1 | L = v\n    |     ^" in refused.content[0].text
