"""An index that is a class: the element, or one of each row, as `pick` takes it."""

from __future__ import annotations

import pytest

from backstep.errors import DefinitionError
from backstep.lang.compile.compiler import compile_text
from tests.asking import CALLS

ROWS = "param Z = [[1, 2, 3], [0, 1, 0]]\ntarget y = [1, 0]\nP = softmax(Z)\n"
ONE = "param z = [1, 2, 3]\ntarget y = 1\np = softmax(z)\n"


@pytest.mark.parametrize(
    ("head", "typed", "as_pick"),
    [
        (ONE, "-log(p[y])", "-log(pick(p, y))"),
        (ONE, "-log(softmax(z)[y])", "-log(pick(softmax(z), y))"),
        (ONE, "-z[y] + log(sum(exp(z)))", "-pick(z, y) + log(sum(exp(z)))"),
        (ONE, "sum(max(0, z - z[y] + 0.5))", "sum(max(0, z - pick(z, y) + 0.5))"),
        (ONE.replace("target", "input"), "p[y]", "pick(p, y)"),
        ("f(q, k) = -log(q[k])\n" + ONE, "f(p, y)", "-log(pick(p, y))"),
        (ROWS, "-mean(log(P[arange(2), y]))", "-mean(log(pick(P, y)))"),
        (ROWS, "-mean(log(P[arange(len(y)), y]))", "-mean(log(pick(P, y)))"),
        (ROWS, "-mean(log(P[[0, 1], y]))", "-mean(log(pick(P, y)))"),
    ],
)
def test_a_class_as_an_index_picks_its_element(head: str, typed: str, as_pick: str) -> None:
    found, wanted = (CALLS["evaluate"]({"source": f"{head}L = {t}"}) for t in (typed, as_pick))
    assert found["loss"] == wanted["loss"]
    assert found["partials"] == wanted["partials"]
    assert found["partials"]["y"] is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (ROWS + "L = sum(P[[1, 0], y])", "a constant is needed here"),
        (ROWS + "L = sum(P[[0, 1, 2], y])", "a constant is needed here"),
        (ONE.replace("target", "param") + "L = p[y]", "'y' is declared as param"),
        (ONE + "k = 2*y\nL = p[k]", "'k' is computed"),
        (ONE + "L = p[y + 1]", "'y' is declared as target"),
        (ROWS + "target k = 1\nL = sum(P[k])", "'k' is declared as target"),
    ],
)
def test_another_index_that_is_no_constant_is_refused(text: str, said: str) -> None:
    with pytest.raises(DefinitionError, match=said.replace("(", r"\(")):
        compile_text(text)


def test_a_const_stays_a_part_of_the_structure() -> None:
    definition = compile_text("param z = [1, 2, 3]\nconst y = 1\nL = z[y]")
    assert [leaf.structural for leaf in definition.leaves] == [False, True]


@pytest.mark.parametrize("typed", ["y = 1.5", "y = 3", "y = -1"])
def test_what_is_no_class_is_refused_at_its_place(typed: str) -> None:
    with pytest.raises(DefinitionError, match="no class number"):
        CALLS["evaluate"]({"source": f"param z = [1, 2, 3]\ntarget {typed}\nL = z[y]"})
