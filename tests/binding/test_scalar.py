"""The scalar zoom: the same numbers element by element, whole where a row stays whole."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backstep.autodiff.scalarise import scalar_count
from backstep.errors import LimitError
from backstep.examples import EXAMPLES
from backstep.lang.compile.compiler import compile_text
from tests.asking import CALLS

NETWORKS = {
    "softmax": "param x = [[1, 2, 3], [0, 1, -1]]\nL = sum(softmax(x, axis=0)^2)",
    "log_softmax": "param x = [[1, 2, 3], [0, 1, -1]]\nL = sum(log_softmax(x)*[1, 2, 3])",
    "max": "param x = [[1, 3, 3], [0, 1, -1]]\nL = sum(max(x, axis=1)) + max(x) + min(x)",
    "norm": "param x = [3, 4]\nL = norm(x) + prod(x) + var(x) + logsumexp(x)",
    "label": "param s = [1, 2, 3]\ntarget y = 1\nL = cross_entropy(s, y)",
    "convolution": "param x[1, 3, 3] ~ normal(0, 1)\nh = conv2d(x, filters=2, kernel=2, padding=1)"
    "\nL = sum(max_pool2d(h, 2)^2)",
    "padding": "param x[2, 2, 3] ~ normal(0, 1)\n"
    "L = sum(patches(x, 2, 2, stride=2, padding=1)^2) + sum(exp(patches(x[0], 2, padding=1)))",
    "recurrent": "input x = [[1, 2], [3, 4]]\nh = zeros(2)\nfor t in range(2):\n"
    "    h = rnn_cell(x[t], h)\nL = sum(h)",
    "attention": "param X[2, 3] ~ normal(0, 1)\nA = self_attention(X, 2)\nL = sum(A^2)",
    "norms": "param X[3, 2] ~ normal(0, 1)\nL = sum(batch_norm(X, 2, 1)^3) + "
    "sum(layer_norm(X, 1, 0)^3)",
}


def elements(name: str, value: Any) -> dict[str, float]:
    array = np.asarray(value)
    return {
        f"{name}[{', '.join(map(str, at))}]" if at else name: float(array[at])
        for at in np.ndindex(*array.shape)
    }


@pytest.mark.parametrize(
    "source", [*NETWORKS.values(), *(example.source for example in EXAMPLES[:8])]
)
def test_scalars_have_the_tensors_values_and_partials(source: str) -> None:
    whole = CALLS["evaluate"]({"source": source})
    walk = CALLS["steps"]({"source": source, "zoom": "scalar"})
    for phase, key, answers in (
        ("forward", "value", whole["values"]),
        ("backward", "partial", whole["gradients"]),
    ):
        found = {s["name"]: s[key] for s in walk["steps"] if s["phase"] == phase}
        for name, value in answers.items():
            for element, expected in elements(name, value).items():
                assert found[element] == pytest.approx(expected, rel=1e-12, abs=1e-15), element


def test_a_maximum_stays_one_operation_and_shares_a_tie() -> None:
    walk = CALLS["steps"]({"source": "param x = [3, 1, 3]\nL = max(x)", "zoom": "scalar"})
    assert [step["name"] for step in walk["steps"][:4]] == ["x[0]", "x[1]", "x[2]", "L"]
    partials = [step["partial"] for step in walk["steps"][-3:]]
    assert partials == [0.5, 0.0, 0.5]


def test_too_many_scalars_are_refused_from_shapes_alone() -> None:
    source = (
        "input X[64, 784] ~ normal(0, 1)\ntarget y = zeros(64)\nparam W1[256, 784] ~ xavier\n"
        "param W2[10, 256] ~ xavier\nL = cross_entropy(relu(X @ W1.T) @ W2.T, y)"
    )
    with pytest.raises(LimitError) as refused:
        CALLS["steps"]({"source": source, "zoom": "scalar"})
    assert refused.value.details["limit"] == "scalar_nodes"
    assert refused.value.details["measured"] > 10_000_000


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(
            text, id=name, marks=pytest.mark.slow if name in ("convolution", "attention") else ()
        )
        for name, text in NETWORKS.items()
    ],
)
def test_the_count_is_a_bound(source: str) -> None:
    definition = compile_text(source)
    nodes = definition.graph.nodes[:]
    walk = CALLS["steps"]({"source": source, "zoom": "scalar"})
    assert walk["forward"] <= scalar_count(nodes)


@pytest.mark.slow
def test_what_is_too_large_to_draw_is_folded_and_says_so() -> None:
    lines = "\n".join(f"v{k} = sin(v{k - 1}*v{k - 1} + 1)" for k in range(1, 120))
    source = f"input x = 1\nparam w = 0.1\nv0 = w*x\n{lines}\nL = v119"
    for part in ("walk", "drawing"):
        request = {"source": source, "zoom": "tensor", "part": part, "fold": True}
        answer = CALLS["analyze_part"](request)
        answer = answer.get("graph", answer)
        assert answer["zoom"] == "block"
        assert answer["folded"].startswith("361 nodes at zoom 'tensor'")
        assert answer["folded"].endswith("each statement is one node")
    whole = {"source": source, "zoom": "tensor", "fold": False}
    assert len(CALLS["graph"](whole)["nodes"]) == 361


def test_a_weight_shared_over_time_names_each_time_step() -> None:
    walk = CALLS["steps"]({"source": NETWORKS["recurrent"], "zoom": "block"})
    (weight,) = [s for s in walk["steps"] if s["name"] == "h.W_x" and s["phase"] == "backward"]
    assert [each["pass"] for each in weight["contributions"]] == ["t = 0", "t = 1"]
    total = sum(np.array(each["value"]) for each in weight["contributions"])
    np.testing.assert_allclose(weight["partial"], total, rtol=1e-15)


@pytest.mark.parametrize(
    ("statements", "names"),
    [
        ("p = softmax(x)\nL = p[0]", ["L"]),
        ("u = concat(x, x)\nL = sum(u^2)", [f"u[{place}]" for place in range(6)]),
        ("u = reshape(x, 3, 1)\nL = sum(u)", ["u[0, 0]", "u[1, 0]", "u[2, 0]"]),
    ],
)
def test_what_is_named_is_seen_by_its_name(statements: str, names: list[str]) -> None:
    source = f"param x = [1, 0, 2]\n{statements}"
    walk = CALLS["steps"]({"source": source, "zoom": "scalar"})
    assert walk["loss"] == "L"
    for phase in ("forward", "backward"):
        assert set(names) <= {s["name"] for s in walk["steps"] if s["phase"] == phase}
    values = CALLS["evaluate"]({"source": source})
    found = {s["name"]: s["partial"] for s in walk["steps"] if s["phase"] == "backward"}
    assert [found[f"x[{at}]"] for at in range(3)] == pytest.approx(values["partials"]["x"])
