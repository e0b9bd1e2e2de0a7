"""GET /operations: every operator and function, with its rule as it is computed."""

from __future__ import annotations

from typing import Any

from backstep.operations import operations

from . import share_link
from .answers_operations import OperationsAnswer
from .call import DRAWING, Call


def answer(request: None) -> dict[str, Any]:
    """Every operator and function, with its rule as it is computed, convention and example."""
    return {
        "operations": [
            {**entry, "link": "/?d=" + share_link.encode({"source": entry["source"]})}
            for entry in operations()
        ]
    }


CALL = Call("operations", None, answer, OperationsAnswer, method="GET", seconds=DRAWING)
