"""Every smooth piece around a point is entered: a second derivative is right or warned of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backstep.binding.bind import bind
from backstep.binding.compiled import Compiled
from backstep.second_order import pieces as room
from tests.binding.reading import array
from tests.faults.cases import ask

NAMES = "xyzw"


def hessian(source: str) -> tuple[dict[str, Any], list[str]]:
    """The answer, and what it says of kinks."""
    status, answer = ask("POST /hessian", {"source": source})
    assert status == 200, answer
    told = [each["message"] for each in answer["warnings"] if each["code"] == "second_at_kink"]
    return answer, told


def refused(told: list[str]) -> bool:
    return any("different sides" in each or "cannot be told" in each for each in told)


def of(formula: str, count: int) -> str:
    return "".join(f"param {name} = 0\n" for name in NAMES[:count]) + f"L = {formula}"


def slopes(source: str, count: int) -> tuple[Any, Any]:
    """Many directions, and the gradients there: of degree 1, if the loss is of degree 2."""
    directions = np.random.default_rng(3).normal(size=(4000, count))
    names = NAMES[:count]
    given = {name: directions[:, place] for place, name in enumerate(names)}
    _, found = Compiled(bind(source)).points(given)
    return directions, np.stack([found[name] for name in names], axis=1)


def right(source: str, count: int) -> Any:
    """The second derivatives of a loss of degree 2 at 0, if it has any: H with a gradient Hd."""
    directions, gradients = slopes(source, count)
    found = np.linalg.lstsq(directions, gradients, rcond=None)[0]
    apart = np.max(np.abs(directions @ found - gradients))
    return found if apart < 1e-9 * max(1.0, np.max(np.abs(gradients))) else None


LINEAR = (
    "(x - 2*y + 3*z)",
    "(2*x + y)",
    "(z - x)",
    "(-y)",
    "(y - 3*z)",
    "x",
    "(-z)",
    "(x + y + z)",
)


def nested(random: np.random.Generator, depth: int) -> str:
    """A formula that is linear on each of its pieces."""
    kind = random.integers(0, 6) if depth else 0
    if not kind:
        return str(random.choice(LINEAR))
    one, other = nested(random, depth - 1), nested(random, depth - 1)
    return (
        f"relu({one})",
        f"minimum({one}, {other})",
        f"max([{one}, {other}, {random.choice(LINEAR)}])",
        f"abs({one})",
        f"where({one} > {other}, {one}, {other}/2)",
    )[kind - 1]


def drawn(seed: int) -> str:
    random = np.random.default_rng(seed)
    one, other = nested(random, 2), nested(random, 1)
    return str(random.choice([f"({one})^2", f"relu({one})*({other})", f"({one})*({other})"]))


PLAIN = 3


@pytest.mark.parametrize(
    "seed",
    [*range(PLAIN), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(PLAIN, 80))],
)
def test_what_is_linear_on_each_piece_squared_is_right_or_warned_of(seed: int) -> None:
    source = of(drawn(seed), 3)
    answer, told = hessian(source)
    wanted = right(source, 3)
    if wanted is None:
        assert refused(told)
    elif not refused(told):
        rows = answer["hessian"]
        found = [[float(array(rows[i][j])) for j in NAMES[:3]] for i in NAMES[:3]]
        np.testing.assert_allclose(found, wanted, atol=1e-8)


@pytest.mark.parametrize(
    ("formula", "count"),
    [
        ("relu(min(-x, min(y, z)))^2", 3),
        ("relu(min([-x, y, z]))^2", 3),
        ("relu(min([-x, y, z, x + 3*y - w, w]))^2", 4),
        ("relu(minimum(x - 100*y, 101*y - x))^2", 2),
        ("where(min([x, -y, z]) > 0, x*y*z + x*z, 0)", 3),
        ("relu(-x)*relu(y)*(1 + relu(z)) - relu(z)", 3),
        ("max([x, y, z, w])^2", 4),
    ],
)
def test_a_narrow_piece_is_entered(formula: str, count: int) -> None:
    _, told = hessian(of(formula, count))
    assert refused(told)


@pytest.mark.parametrize(
    ("formula", "count", "wanted"),
    [
        ("(relu(x) - relu(-x))*(relu(y) - relu(-y))", 2, [[0, 1], [1, 0]]),
        ("(max([x, y, z]) + min([x, y, z]) + median3)^2", 3, [[2, 2, 2]] * 3),
        ("relu(min(-x, min(y, z)))^3 + x*y", 3, [[0, 1, 0], [1, 0, 0], [0, 0, 0]]),
        ("norm([x, y])^2 + abs(z)^3", 3, [[2, 0, 0], [0, 2, 0], [0, 0, 0]]),
    ],
)
def test_where_all_pieces_agree_the_second_derivatives_are_theirs(
    formula: str, count: int, wanted: Any
) -> None:
    median = "(max([minimum(x, y), minimum(y, z), minimum(x, z)]))"
    answer, told = hessian(of(formula.replace("median3", median), count))
    rows = answer["hessian"]
    found = [[float(array(rows[i][j])) for j in NAMES[:count]] for i in NAMES[:count]]
    np.testing.assert_allclose(found, wanted, atol=1e-12)
    assert not refused(told)


def test_more_pieces_than_are_looked_at_are_told() -> None:
    source = "param v = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]\nL = sum(relu(v)^3)"
    answer, told = hessian(source)
    assert "more pieces meet here than are looked at" in told[0]
    assert not array(answer["hessian"]["v"]["v"]).any()


def test_pieces_that_would_take_too_long_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_WORK", 0)
    _, told = hessian(of("relu(x)^3 + y^2", 2))
    assert "more pieces meet here than are looked at" in told[0]


@pytest.mark.parametrize("seed", range(20))
def test_a_vector_inside_all_walls_is_the_shortest_or_there_is_none(seed: int) -> None:
    random = np.random.default_rng(seed)
    normals = random.normal(size=(int(random.integers(1, 9)), 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    found = room._inside(normals)
    trials = random.normal(size=(20_000, 3))
    best = np.max(np.min(trials @ normals.T, axis=1) / np.linalg.norm(trials, axis=1))
    if found is None:
        assert best < 1e-2
    else:
        assert (normals @ found).min() > 1 - 1e-9
        assert best * np.linalg.norm(found) <= 1 + 1e-9
