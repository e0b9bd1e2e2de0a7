"""A hint is true wherever it is tried, beside branches too, at points of this file's own drawing.

Answers are made of right formulas: a branch forgotten, put in, turned, or beside a second slip.
What the hint claims is a mistake that would have given the answer, and so it must at every point.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import numpy as np
import pytest

from backstep.binding.bind import bind
from backstep.binding.matrix_gradients import matrix
from backstep.graph.order import ancestors
from backstep.marking.compare import compare
from backstep.marking.mistake import Mistake
from backstep.marking.mistakes import Search
from backstep.marking.rare_pieces import loses
from backstep.marking.trial import Submission, Trial, at_point
from backstep.ops.row import Array
from backstep.symbolic.targets import target_for

MARGIN = "input x = 0.7\ntarget y = 1\nparam w = 0.4\n"
NETWORKS: Mapping[str, tuple[str, str]] = {
    "hinge": ("w", MARGIN + "L = max(0, 1 - y*w*x)"),
    "hinge of vectors": (
        "w",
        "input x = [0.7, -0.2]\ntarget y = 1\nparam w = [0.4, 0.3]\nL = max(0, 1 - y*dot(w, x))",
    ),
    "hinge of rows": (
        "w",
        "input X = [[1, 2], [0.5, -1], [-1, 0.3]]\ntarget y = [1, -1, 1]\nparam w = [0.2, -0.3]\n"
        "L = mean(relu(1 - y*(X @ w)))",
    ),
    "square": ("w", MARGIN + "L = (w*x - y)^2"),
    "unit": ("w", MARGIN + "h = relu(w*x)\nL = (h - y)^2/2"),
    "leaky": ("w", MARGIN + "h = leaky_relu(w*x - 0.1)\nL = (h - y)^2/2"),
    "huber": ("w", MARGIN + "L = huber(w*x - y)"),
    "far": ("w", "param w = 0.4\nL = where(w > 100, w^2, 3*w)"),
    "cut": ("w", MARGIN + "L = (clip(w*x, -1, 1) - y)^2"),
    "larger": ("v", "param v = 1.2\nparam u = 0.3\nL = max(v*u, u^2)*v"),
    "lasso": ("w", "input x = 0.7\nparam w = [0.4, -0.3]\nL = sum(abs(w)) + x*sum(w)"),
}
_POINTS = 60
_SIZES = (0.3, 1.0, 3.0, 30.0, 1e3)


def _answers(network: str) -> Iterator[str]:
    """Wrong answers as people and testers write them."""
    of, source = NETWORKS[network]
    prepared = bind(source)
    right = matrix(prepared, [target_for(prepared.definition, of)]).gradients[of].text
    scalars = [
        name for name, given in prepared.definition.names.items() if given[-1].node.shape == ()
    ]
    for name in scalars[:3]:
        yield f"where({name} > 100, 7, {right})"
        yield f"where({name} < 0, 0, {right})"
        yield f"where({name} > 0.5, -1, 1)*({right})"
        yield f"where({name} > 2, {name}, 1)*({right})"
    yield from (f"2*({right})", f"-abs({right})", f"relu({right})", f"({right})^2")


MORE = [
    ("hinge", "-y*x"),
    ("hinge", "y*x"),
    ("hinge", "-x"),
    ("hinge", "where(y*w*x > 1, -y*x, 0)"),
    ("hinge", "where(w*x < 1, y*x, 0)"),
    ("hinge of vectors", "-y*x"),
    ("hinge of vectors", "x"),
    ("hinge of rows", "-X.T @ y/3"),
    ("hinge of rows", "-X.T @ y"),
    ("square", "where(w > 3, 7, (w*x - y)*x)"),
    ("square", "where(w > 100, 7, 2*(w*x - y))"),
    ("unit", "(h - y)*x"),
    ("unit", "step(x)*(h - y)*x"),
    ("leaky", "(h - y)*x"),
    ("leaky", "step(w*x - 0.1)*(h - y)*x"),
    ("huber", "(w*x - y)*x"),
    ("huber", "sign(w*x - y)*x"),
    ("far", "3"),
    ("far", "2*w"),
    ("cut", "2*(w*x - y)*x"),
    ("larger", "2*u*v"),
    ("larger", "u^2"),
    ("lasso", "1 + x"),
    ("lasso", "sign(w)"),
]
CASES = [(name, answer) for name in NETWORKS for answer in _answers(name)] + MORE


def _drawn(
    leaves: Mapping[str, Array], kept: Collection[tuple[str, str]]
) -> Iterator[Mapping[str, Array]]:
    """Values of any sign and of many sizes, those of premises within them."""
    random = np.random.default_rng(5)
    for _ in range(_POINTS):
        found = {}
        for name, value in leaves.items():
            size = random.choice(_SIZES)
            drawn = random.normal(0, size, value.shape)
            if (name, "sign") in kept:
                drawn = np.abs(drawn) * np.sign(value)
            if (name, "binary") in kept:
                drawn = random.integers(0, 2, value.shape).astype(float)
            if (name, "signed") in kept:
                drawn = random.choice([-1.0, 1.0], value.shape)
            if {(name, "constant"), (name, "class")} & {*kept}:
                drawn = value
            found[name] = np.asarray(drawn)
        yield found


Found = list[tuple[Submission, Trial, Mistake]]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Found:
    """What mistakes were found, and on which trials."""
    first = Search._first
    found: Found = []

    def noting(self: Search, slips: Iterator[Mistake], trial: Trial) -> Mistake | None:
        slip = first(self, slips, trial)
        if slip is not None:
            found.append((self.claim, trial, slip))
        return slip

    monkeypatch.setattr(Search, "_first", noting)
    return found


def _untrue_at(claim: Submission, trial: Trial, slip: Mistake) -> Mapping[str, Array] | None:
    """A point at which the mistake would have given something else than the answer."""
    prepared = claim.prepared
    kept = [(each.name, each.what) for each in trial.kept]
    nodes = ancestors([prepared.definition.loss])
    for leaves in _drawn(prepared.leaves, kept):
        tried = at_point(claim, leaves)
        values = {node.id: tried.numbers.value(node) for node in nodes}
        if tried.numbers.conventions or loses(nodes, values):
            continue
        with np.errstate(all="ignore"):
            said = slip.value(tried)
        size = max(float(np.max(np.abs(each))) for each in (tried.answer, tried.partial))
        if said is None or not np.all(np.abs(said - tried.answer) <= 1e-4 * size):
            return leaves
    return None


def _check(network: str, answer: str, told: Found) -> str | None:
    of, source = NETWORKS[network]
    verdict = compare(bind(source), of, answer)
    assert verdict.equal is not None
    for claim, trial, slip in told[-1:]:
        point = _untrue_at(claim, trial, slip)
        assert point is None, (slip.hint, point)
    return told[-1][2].hint if told else None


@pytest.mark.slow
@pytest.mark.parametrize(("network", "answer"), CASES)
def test_what_is_said_beside_branches_is_true(network: str, answer: str, told: Found) -> None:
    _check(network, answer, told)


@pytest.mark.parametrize(
    ("network", "answer", "said"),
    [
        ("hinge", "-y*x", "the factor step(1 − y·w·x) of ∂L/∂w"),
        (
            "hinge of vectors",
            "-y*x",
            "right where 1 − y·dot(w, x) > 0 alone: where 1 − y·dot(w, x) < 0, ∂L/∂w is 0",
        ),
        ("hinge of rows", "-X.T @ y/3", "the factor step(1 − y·(X w))"),
        (
            "square",
            "where(w > 100, 7, 2*(w*x - y)*x)",
            "right where w < 100 alone: where w > 100, ∂L/∂w is 2·(w·x − y)·x",
        ),
        (
            "square",
            "where(w > 0, 2*(w*x - y)*x, 0)",
            "right where w > 0 alone: where w < 0, ∂L/∂w is 2·(w·x − y)·x",
        ),
        ("far", "3", "right where w < 100 alone: where w > 100, ∂L/∂w is 2·w"),
        ("far", "2*w", "right where w > 100 alone: where w < 100, ∂L/∂w is 3"),
        ("unit", "(h - y)*x", "the factor step(w·x) of ∂h/∂w = step(w·x)·x is missing"),
    ],
)
def test_a_forgotten_branch_is_told_by_its_condition(
    network: str, answer: str, said: str, told: Found
) -> None:
    assert said in (_check(network, answer, told) or "nothing")
