"""Verdicts on typed answers that once were wrong, and hints that were not true."""

from __future__ import annotations

from typing import Any

import pytest

from tests.faults.cases import ask, cases


@pytest.mark.parametrize("case", cases("verdict"))
def test_the_verdict_is_right(case: dict[str, Any]) -> None:
    status, found = ask(case["call"], case["request"])
    want = case["want"]
    assert status == 200
    missing = (found.get("missing") or {}).get("kind")
    if "alternatively" in want and not found["equal"]:
        assert missing == "values", found
        return
    assert found["equal"] is want["equal"], found
    if "missing" in want:
        wanted = want["missing"]
        if wanted.startswith("not "):
            assert missing != "sign", found
        else:
            assert missing in wanted.split(" or ") or missing == wanted.split()[0], found
