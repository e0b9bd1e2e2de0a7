"""Calls asked in this process: a request as plain data in, what is answered as plain data out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from app import api
from app.api import analyze, derive, train
from app.api.call import Call
from app.api.request import read
from app.jobs.protocol import JSON, Payload, to_json
from backstep.binding.bind import bind
from backstep.train.run import Run
from tests.checked import answer_fits

# Here nothing ends a job, and a busy machine is slow: a form is not to give way for that.
derive.SHARE = 100.0


def plain(answer: Any) -> Any:
    """An answer as dicts, lists, texts and numbers, NaN and infinities among them."""
    if isinstance(answer, Payload):
        # A picture or a page of PDF is no text.
        return answer.body.decode("utf-8", "replace")
    if is_dataclass(answer):
        return {
            each.name.removesuffix("_"): plain(getattr(answer, each.name))
            for each in fields(answer)
        }
    if isinstance(answer, Mapping):
        return {name: plain(each) for name, each in answer.items()}
    if isinstance(answer, list | tuple):
        return [plain(each) for each in answer]
    return answer.tolist() if isinstance(answer, np.ndarray | np.generic) else answer


def _asking(call: Call) -> Callable[[Mapping[str, Any]], Any]:
    assert call.request is not None
    assert call.answer is not None
    model, answer = call.request, call.answer

    def ask(request: Mapping[str, Any]) -> Any:
        fields = {each.alias or name for name, each in model.model_fields.items()}
        asked = {name: each for name, each in request.items() if name in fields}
        found = answer(read(model, asked))
        if not isinstance(found, Payload):
            answer_fits(call.name, Payload(JSON, to_json(found)))
        return plain(found)

    return ask


def _part(request: Mapping[str, Any]) -> Any:
    asked = {name: value for name, value in request.items() if name != "part"}
    return plain(analyze.part(request["part"], read(analyze.AnalyzeRequest, asked)))


def run(request: Mapping[str, Any]) -> Run:
    """A training as `/train` is asked for it."""
    return train.run_of(read(train.TrainRequest, dict(request)))


def _quick(request: Mapping[str, Any]) -> Any:
    return plain(analyze.together(read(analyze.AnalyzeRequest, dict(request))))


CALLS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    **{call.name: _asking(call) for call in api.CALLS if call.request and call.answer},
    "analyze_part": _part,
    "analyze_quick": _quick,
    "understood": lambda request: bind(request["source"], request.get("values")) and None,
}
