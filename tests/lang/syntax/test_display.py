"""How names are shown: letters, indices, words."""

from __future__ import annotations

import pytest

from backstep.lang.syntax.display import latex_name, text_name


@pytest.mark.parametrize(
    ("name", "text", "latex"),
    [
        ("W_1", "W₁", "W_{1}"),
        ("w_1_2", "w₁,₂", "w_{1,2}"),
        ("w_i_j", "w_i,j", "w_{i,j}"),
        ("w__h_01", "w₀₁ʰ", "w_{01}^{h}"),
        ("z_out_1", "z_out,₁", r"z_{\mathrm{out},1}"),
        ("yhat", "y\u0302", r"\hat{y}"),
        ("h.W", "Wʰ", "W^{h}"),
        ("W_1[0, 2]", "W₁[0,2]", "W_{1}[0,2]"),
        (
            "hours_of_study",
            "hours_of_study",
            r"\mathrm{hours}_{\mathrm{of}\ \mathrm{study}}",
        ),
    ],
)
def test_a_name_is_shown_as_a_board_shows_it(name: str, text: str, latex: str) -> None:
    assert (text_name(name), latex_name(name)) == (text, latex)
