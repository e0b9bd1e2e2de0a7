"""No letter of an update stands for two things, whatever the definition calls its own."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from backstep.formula.tree import Sym
from backstep.lang.syntax.display import latex_name, text_name
from backstep.train.lines import UpdateLines
from backstep.train.optimisers import OPTIMISERS, SCHEDULES
from backstep.train.update import Options, Update
from backstep.train.update_names import letters, names_in
from tests.train.conftest import options

MORE = {"decay": 0.1, "clip": 1.0, "average": 2}


def chosen() -> Iterator[Options]:
    """Every rule and every schedule, with all that can go along."""
    for name in OPTIMISERS:
        yield options(name)
        for schedule in SCHEDULES:
            yield options(name, 0.1, schedule, {"s": 10.0, "T": 10.0}, **MORE)


CHOSEN = list(chosen())
LETTERS = sorted({name for each in CHOSEN for name in names_in(each.text)})


def said(each: Options) -> str:
    return f"{each.optimiser.name}-{each.schedule.name}"


@pytest.mark.parametrize(
    "each",
    [*CHOSEN[::2], *(pytest.param(each, marks=pytest.mark.slow) for each in CHOSEN[1::2])],
    ids=said,
)
def test_none_of_the_texts_names_is_a_letter_of_the_rule(each: Options) -> None:
    for taken in ([name] for name in LETTERS):
        update = Update(each, taken, taken)
        written = {text_name(letter) for name, letter in update.letters.items() if name != "w"}
        assert not written & {text_name(name) for name in taken}
        # Two of the rule's own names are still two.
        assert len(set(update.letters.values())) == len(update.letters)


def test_all_names_at_once_leave_a_letter_for_each() -> None:
    everything = [*LETTERS, *(f"{a}_{b}" for a in LETTERS for b in LETTERS)]
    for each in CHOSEN:
        found = Update(each, everything, LETTERS).letters
        assert len(set(found.values())) == len(found)
        assert not {text_name(letter) for name, letter in found.items() if name != "w"} & {
            text_name(name) for name in everything
        }


def test_what_is_not_taken_keeps_its_letter() -> None:
    for each in CHOSEN:
        assert all(name == letter for name, letter in Update(each, ("x", "W_1")).letters.items())


def test_w_gives_way_where_it_is_no_parameter() -> None:
    assert letters("w = w - eta*g", ["w"], ["w"], ())["w"] == "w"
    assert letters("w = w - eta*g", ["w"], ["v"], ())["w"] == "theta"


def test_accents_and_numbers_go_with_their_letter() -> None:
    text = "m = beta_1*m\nmhat = m/(1 - beta_1^t)"
    found = letters(text, ["m", "beta_1"], [], ["m", "mhat"])
    assert found["mhat"] == found["m"] + "hat"
    assert found["beta_1"].endswith("_1")


def test_a_name_that_the_parameters_would_carry_is_taken_too() -> None:
    # m_w is a name of the text, so the mean of gradients of w cannot be written so.
    assert letters("m = m + g", ["w", "m_w"], ["w"], ["m"])["m"] != "m"


@pytest.mark.parametrize("each", CHOSEN, ids=said)
@pytest.mark.parametrize(
    "watched",
    [
        *("w", "m", "theta", "h.W"),
        *(pytest.param(each, marks=pytest.mark.slow) for each in "bvgduc"),
    ],
)
def test_a_line_that_moves_the_parameter_is_told_from_all_others(
    each: Options, watched: str
) -> None:
    update = Update(each, [watched, "x", "lambda"], [watched])
    shown = UpdateLines(update, Sym(watched))
    own = {
        line.latex.split(" ", 1)[0]
        for line in shown.symbols
        if line.name not in (update.letters["w"], update.letters.get("a"))
    }
    assert latex_name(watched) not in own
    assert latex_name("lambda") not in {
        part for line in shown.symbols for part in line.latex.split(" ")
    }


def test_other_letters_are_the_same_update() -> None:
    for each in CHOSEN:
        plain, other = Update(each), Update(each, LETTERS, [])
        kept = {name: np.array([0.3, -2.0]) for name in plain.changed}
        g = np.array([0.7, -0.1])
        assert other.changed == plain.changed
        for name, value in plain.run(3, 0.9, kept, g).items():
            assert np.array_equal(other.run(3, 0.9, kept, g)[name], value, equal_nan=True)
        assert plain.rate(3) == other.rate(3)
