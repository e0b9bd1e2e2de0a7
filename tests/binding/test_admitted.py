"""What is refused for its arithmetic says what makes it much."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backstep.binding.bind import bind
from backstep.errors import LimitError
from backstep.limits import LIMITS

WIDE = f"param p = {[1.0] * 40}\nL = sum(p*p)"
LONG = "param p = 1\nL = " + " + ".join(["p*p"] * 40)


@pytest.mark.parametrize(
    ("source", "allowed", "passes", "hint"),
    [
        (WIDE, 10, 1, "make the tensors smaller"),
        (LONG, 10, 1, "write fewer operations"),
        (LONG, 1_000, 100, "ask for fewer at once"),
    ],
)
def test_the_hint_names_the_cause(
    source: str, allowed: int, passes: int, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = bind(source)
    monkeypatch.setattr("backstep.binding.bind.LIMITS", replace(LIMITS, arithmetic=allowed))
    with pytest.raises(LimitError) as caught:
        prepared.admit(passes)
    assert caught.value.faults[0].hint == hint
