"""What once broke: towers of written numbers, class numbers out of range, digits run together."""

from __future__ import annotations

import pytest

from backstep.errors import DefinitionError, FormulaTooLarge
from tests.asking import CALLS


@pytest.mark.parametrize(
    "formula",
    [
        "a*10^10^4",
        "a*9**9**9",
        "a*2^20000",
        "a*(1/3)^100000",
        "a*sqrt(2)^999999",
        "a*2^(-9^9^9)",
        "a^(9^9^9)",
        "sin(9^9^9)*a",
        "a*prod(arange(2000) + 1)",
        "a*2^8000*3^5000",
    ],
)
def test_a_number_too_long_to_write_is_refused_before_it_is_computed(formula: str) -> None:
    with pytest.raises(FormulaTooLarge):
        CALLS["derive"]({"source": f"param a = 1\nL = {formula}", "form": "scalar"})


@pytest.mark.parametrize("classes", ["one_hot(5, 3)", "one_hot(k + 1, 3)", "one_hot(-1, 3)"])
def test_a_class_number_out_of_range_is_an_error_at_its_place(classes: str) -> None:
    source = f"param a = 1\ninput k = 2\nL = a*sum({classes})"
    with pytest.raises(DefinitionError) as refused:
        CALLS["evaluate"]({"source": source})
    assert "is no class number" in str(refused.value)
    assert refused.value.faults[0].span is not None


def test_numbers_in_a_product_keep_their_dot() -> None:
    source = "const l = 0.1\nparam w = 0.5\nL = l*w^2"
    walk = CALLS["steps"]({"source": source, "zoom": "block"})
    rule = walk["steps"][-1]["contributions"][0]["rule"]
    assert rule["display_numbers"].count(r"\cdot") == 3
