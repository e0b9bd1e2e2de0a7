"""An update as formulas: in symbols, and with the numbers of one element."""

from __future__ import annotations

from backstep.formula.tree import Sym
from backstep.train.lines import UpdateLines
from backstep.train.update import Update
from tests.train.conftest import options

PARTIAL = r"\bp{\frac{\partial L}{\partial w}}"


def latex(update: Update, **kept: float) -> list[str]:
    lines = UpdateLines(update, Sym("w"))
    return [line.latex for line in lines.numbers(1, 2.0, kept, -0.0471)]


def test_gradient_descent_in_symbols_then_in_numbers() -> None:
    assert latex(Update(options("sgd", 0.1)), w=0.5) == [
        rf"w \leftarrow w - \eta \cdot {PARTIAL} = "
        r"\fv{0.5} - 0.1 \cdot \left(\bp{-0.0471}\right) = \fv{0.5047}"
    ]


def test_what_is_kept_is_given_anew_and_what_is_not_is_given() -> None:
    update = Update(options("adam", 0.02, clip=1.0, decay=0.01))
    lines = UpdateLines(update, Sym("w"))
    assert [line.latex.split(" ", 2)[:2] for line in lines.symbols] == [
        ["c", "="],
        ["g_{w}", "="],
        ["g_{w}", r"\leftarrow"],
        ["m_{w}", r"\leftarrow"],
        ["v_{w}", r"\leftarrow"],
        [r"\hat{m}_{w}", "="],
        [r"\hat{v}_{w}", "="],
        ["w", r"\leftarrow"],
    ]
    assert lines.symbols[1].latex == rf"g_{{w}} = c \cdot {PARTIAL}"
    assert lines.symbols[-1].latex == (
        r"w \leftarrow w - \frac{\eta \, \hat{m}_{w}}{\sqrt{\hat{v}_{w}} + \varepsilon}"
    )
    numbers = latex(update, w=0.5, m=0.0, v=0.0)
    assert numbers[0].endswith(r"\frac{1}{2 + 0.000001}\right) = 0.5")
    assert numbers[1].endswith(r"= 0.5 \cdot \left(\bp{-0.0471}\right) = \bp{-0.02355}")
    assert numbers[2].endswith(r"+ 0.01 \cdot \fv{0.5} = \bp{-0.01855}")
    assert numbers[-1].endswith(r"= \fv{0.52}")


def test_a_schedule_is_a_line_and_a_constant_rate_is_none() -> None:
    assert len(latex(Update(options("sgd", 0.1)), w=0.5)) == 1
    scheduled = Update(options("sgd", 0.1, "step", {"gamma": 0.5, "s": 10}))
    rate, _ = [line.latex for line in UpdateLines(scheduled).numbers(21, 2.0, {"w": 0.5}, 1.0)]
    assert rate == (
        r"\eta = \eta_{0} \, \gamma^{\left\lfloor\frac{t - 1}{s}\right\rfloor}"
        r" = 0.1 \cdot 0.5^{2} = 0.025"
    )
