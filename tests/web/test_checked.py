"""Answers that are not as they are declared are seen, whatever asked for them."""

from __future__ import annotations

import orjson
import pytest

from app.api import CALLS, derive, evaluate
from app.api.events import MEDIA, event, framed
from app.api.request import NEURON
from app.jobs.protocol import JSON, Payload
from tests.checked import DECLARED, JOBS, Unfit, answer_fits, fits, problem_fits

FILES = {
    "card",
    "picture",
    "picture_png",
    "picture_pdf",
    "export",
    "exported_link",
    "train",
    "sweep",
    "sweep_resumed",
    "train_resumed",
}
EVALUATED = orjson.loads(JOBS["evaluate"](orjson.dumps({"source": NEURON})).body)


def test_every_call_that_answers_json_declares_its_class() -> None:
    assert {call.name for call in CALLS if call.schema is None} == FILES
    assert {call.name for call in CALLS} - FILES <= set(DECLARED)


@pytest.mark.parametrize(
    "planted",
    [
        {"more": 1},
        {"loss": {"name": "L", "value": 1.0, "unit": None}},
        {"loss": {"name": "L"}},
        {"values": {"w": "much"}},
        {"values": {"w": [1.0, [2.0]]}, "rounding": {"w": 0}},
        {"warnings": [{"code": "x"}]},
    ],
    ids=["a key", "a key within", "a missing one", "a word", "a number for a flag", "half"],
)
def test_what_is_not_declared_is_seen(planted: dict[str, object]) -> None:
    fits(evaluate.CALL.schema, orjson.dumps(EVALUATED), "evaluate")
    with pytest.raises(Unfit, match="evaluate"):
        fits(evaluate.CALL.schema, orjson.dumps({**EVALUATED, **planted}), "evaluate")


def test_of_a_union_one_member_is_meant() -> None:
    answer = orjson.loads(JOBS["derive"](orjson.dumps({"source": NEURON, "form": "matrix"})).body)
    fits(derive.CALL.schema, orjson.dumps(answer), "derive")
    with pytest.raises(Unfit):
        fits(derive.CALL.schema, orjson.dumps({**answer, "form": "scalar"}), "derive")


@pytest.mark.parametrize("axes", range(7))
def test_tensors_of_many_axes_are_declared_as_those_of_few(axes: int) -> None:
    """And what is no number in one of few is seen."""
    of = f"[{', '.join('1' * axes)}]" if axes else ""
    request = {"source": f"param w{of} ~ ones\nL = sum(w^2)"}
    answer = orjson.loads(JOBS["hessian"](orjson.dumps(request)).body)
    if axes <= 2:
        broken = orjson.dumps(answer).replace(b"2.0", b'"x"')
        with pytest.raises(Unfit):
            fits(DECLARED["hessian"], broken, "hessian")


def test_events_are_looked_at_too() -> None:
    wrong = framed(event("step", {"step": 1}), b"")
    with pytest.raises(Unfit, match="step"):
        answer_fits("train", Payload(MEDIA, wrong))


def test_a_problem_has_no_further_fields() -> None:
    problem = {"type": "x", "title": "x", "status": 422, "code": "x", "detail": "x", "errors": []}
    problem_fits(orjson.dumps(problem), "any")
    problem_fits(orjson.dumps({**problem, "limit": "x", "allowed": 1.5}), "any")
    for wrong in ({**problem, "trace": "x"}, {**problem, "errors": [{"code": "x"}]}):
        with pytest.raises(Unfit):
            problem_fits(orjson.dumps(wrong), "any")


def test_a_file_is_no_matter_of_the_schema() -> None:
    answer_fits("graph", Payload("image/svg+xml", b"<svg/>"))
    with pytest.raises(Unfit):
        answer_fits("graph", Payload(JSON, b"{}"))
