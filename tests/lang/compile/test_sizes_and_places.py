"""Sizes as numbers, rows taken by number, ∞, options that are true or false, names of functions."""

from __future__ import annotations

import pytest

from backstep.errors import DefinitionError
from backstep.lang.compile.compiler import compile_text
from tests.asking import CALLS

HEAD = "param X = [[1, 2, 3], [4, 5, 7]]\nparam x = [3, 1, 2, 5]\ntarget k = [2, 0, 2]\n"

# A last line, and the loss.
MEANT = [
    ("L = sum(x)/len(x)", 11 / 4),
    ("L = X.shape[0] + 10*X.shape[-1] + 100*X.T.shape[0]", 332),
    ("L = sum(x[0:len(x) - 2])", 4),
    ("L = sum(reshape(X, X.shape[1], -1)[0])", 3),
    ("const n = 2\nw = x[n]\nL = w", 2),
    ("L = sum(x[k])", 7),
    ("L = sum(x[[0, 0, 3]])", 11),
    ("L = sum(X.T[k][0])", 10),
    ("L = sum(X, axis=(0, 1))", 22),
    ("L = sum(X, axis=[0, 1])", 22),
    ("L = sum(mean(X, axis=1, keepdims=true)[1])", 16 / 3),
    ("L = sum(mean(X, axis=1, keepdims=True)[1])", 16 / 3),
    ("L = sum(mean(X, axis=1, keepdims=false))", 22 / 3),
    ("L = norm(x, p=inf)", 5),
    ("L = maximum(x[0], -inf)", 3),
    ("L = sum(sort(x, descending=true)[0:2])", 8),
    ("for i in range(len(x)):\n    s = x[i]\nL = s", 5),
    # A name that a function has too.
    ("std = 3\nL = std^2", 9),
    ("det = x\nsort = 2\nL = sort*sum(det)", 22),
    ("inf = 2\nL = inf", 2),
    ("std(x) = 2*x\nL = std(x[0])", 6),
    ("len(x) = 2*x\nL = len(x[0])", 6),
    ("true = 4\nL = true", 4),
]


@pytest.mark.parametrize(("line", "loss"), MEANT)
def test_what_is_written_is_computed(line: str, loss: float) -> None:
    answer = CALLS["evaluate"]({"source": HEAD + line})
    assert answer["loss"]["value"] == pytest.approx(loss, rel=1e-14)
    assert not [each for each in answer["warnings"] if each["code"] == "not_finite"]


# A last line, what is wrong with it, and a part of the way out.
REFUSED = [
    ("L = sum(X[:, None])", "unknown name 'None'", "reshape(X, 2, 1, 3)"),
    ("L = sum(x[x > 2])", "a comparison", "where"),
    ("L = sum(X[k, 0])", "constant", "const"),
    ("L = sum(x[[0.5, 1]])", "no place", None),
    ("L = sum(x[[0, 4]])", "no place", None),
    ("L = X.shape[2]", "axis 2", None),
    ("L = sum((X*X)[0:(X*X).shape[1]])", "no constant", "give it a name"),
    ("L = len(x[0])", "no length", None),
    ("L = len()", "1 argument", "len(x)"),
    ("L = sum(mean(X, axis=1, keepdims=2))", "true or false", "keepdims=true"),
    ("L = sum(zeros(2, -1))", "1 or more", None),
    ("L = inf", "", None),
]


@pytest.mark.parametrize(("line", "wrong", "way"), REFUSED[:-1])
def test_what_cannot_be_meant_is_refused_with_the_way_out(
    line: str, wrong: str, way: str | None
) -> None:
    try:
        compile_text(HEAD + line)
    except DefinitionError as error:
        (fault,) = error.faults
        said = f"{fault.message} {fault.hint} {[each.title for each in fault.fixes]}"
    else:
        with pytest.raises(Exception) as caught:
            CALLS["evaluate"]({"source": HEAD + line})
        said = str(caught.value.args) + str(getattr(caught.value, "faults", ""))
    assert wrong in said
    assert way is None or way in said


def test_a_cut_is_held_still_by_differences() -> None:
    source = "param w = 0.7\nparam v = 0.4\nL = w*stop_gradient(v*w^2) + v"
    answer = CALLS["evaluate"]({"source": source})
    assert answer["partials"]["w"] == pytest.approx(0.4 * 0.7**2)
    assert answer["partials"]["v"] == 1
    check = CALLS["analyze_part"]({"source": source, "part": "check"})
    assert check["agree"] is True
    assert check["differences"]["compared"] == check["symbolic"]["compared"] == 2


def test_what_is_written_as_infinite_gets_no_warning_but_what_comes_of_it_does() -> None:
    def codes(formula: str) -> list[str]:
        answer = CALLS["evaluate"]({"source": f"param x = 0.5\nL = {formula}"})
        return [each["code"] for each in answer["warnings"]]

    assert codes("exp(-inf) + x") == []
    assert codes("x*where(x > 0, 1, -inf)") == []
    assert "not_finite" in codes("log(x - 0.5) + inf")
