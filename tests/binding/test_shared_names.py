"""The shared form's names and their order are of the text alone, whatever was asked before."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backstep.binding.bind import bind
from backstep.errors import BackstepError
from tests.asking import CALLS
from tests.marking.answers import ROWS, SOURCES
from tests.systems.random_twins import network

# What repeats itself without a name: values, partials of inner nodes, factors of several partials.
REPEATED = "input x[3] ~ normal(0, 1)\nparam a = 0.7\nparam b = -0.4\nparam W[3, 3] ~ xavier\n"
REPEATED += "p = exp(a*x + b)*tanh(a*x + b)\nq = W @ p/(1 + sum(exp(a*x + b)))\n"
REPEATED += "r = softmax(q*(a*b + 1)) + relu(q*(a*b + 1)) - x\n"
REPEATED += "L = sum(r^2*exp(a*x + b))/3 + (a*b + 1)^3"
QUOTIENTS = "param x[3] ~ normal(0, 1)\nparam a = 0.7\nparam b = 0.4\nparam c = 1.3\n"
QUOTIENTS += "p = (a*b/(c*a)/(a + c))^2 + var(x*a)*(a*b/(c*a + b))\n"
QUOTIENTS += "L = p + sum((x*b)^2/(1 + exp(x*b)))^2\n"
TEXTS = {
    "quotients": QUOTIENTS,
    "repeated": REPEATED,
    "rows": ROWS,
    "attention": SOURCES["attention"],
    "random": "\n".join(network(0).ours),
}


def _everything(source: str) -> list[tuple[str, dict[str, Any]]]:
    """All that can be asked of a text that adds to its gradient's graph."""
    definition = bind(source).definition
    leaves = [leaf for leaf in definition.leaves if leaf.role == "param" and not leaf.label]
    names = [*(leaf.name for leaf in leaves[:3]), *list(definition.names)[-4:]]
    whole = [
        f"{leaf.name}[{','.join('0' * len(leaf.node.shape))}]"
        for leaf in leaves[:2]
        if leaf.node.shape
    ]
    shared = CALLS["derive"]({"source": source, "form": "shared"})
    pasted = [(name, each["text"]) for name, each in shared["gradients"].items()][:2]
    pasted += [(each["of"], each["text"]) for each in shared["definitions"] if each["of"]][:2]
    asked: list[tuple[str, dict[str, Any]]] = []
    for form in ("shared", "matrix"):
        asked += [("derive", {"form": form, "wrt": [name]}) for name in (*names, *whole)]
        asked.append(("derive", {"form": form}))
    asked += [("derive", {"form": "scalar", "wrt": [name]}) for name in whole]
    asked += [("derivation", {"of": name}) for name in names[:3]]
    asked += [("steps", {"zoom": zoom}) for zoom in ("block", "tensor")]
    asked += [("compare", {"of": of, "answer": text}) for of, text in pasted]
    asked += [("compare", {"of": of, "answer": f"2*({text})"}) for of, text in pasted[:1]]
    return [*asked, ("paths", {"of": names[0]}), ("hessian", {}), ("evaluate", {}), ("cost", {})]


@pytest.mark.parametrize("numbers", [(1, 2), pytest.param((3, 4), marks=pytest.mark.slow)])
@pytest.mark.parametrize("text", TEXTS)
def test_shared_names_do_not_depend_on_what_was_asked_before(
    text: str, numbers: tuple[int, ...]
) -> None:
    fresh = CALLS["derive"]({"source": TEXTS[text], "form": "shared"})
    asked = _everything(TEXTS[text] + "\n" * 9)
    for number in numbers:
        # Another text to the machine, so that its graph is new; the same to a reader.
        source = TEXTS[text] + "\n" * number
        for place in np.random.default_rng(number).permutation(len(asked))[: 4 * number]:
            call, request = asked[place]
            try:
                CALLS[call]({**request, "source": source})
            except BackstepError:
                continue
        assert CALLS["derive"]({"source": source, "form": "shared"}) == fresh
