"""What only a text drawn at random had: a slice of nothing, no parameter, a place written out."""

from __future__ import annotations

import numpy as np
import pytest

from tests.faults.cases import ask


@pytest.mark.parametrize("start", ["-9", "-3", "0", "2", "9", ""])
@pytest.mark.parametrize("stop", ["-9", "-3", "0", "2", "9", ""])
@pytest.mark.parametrize("step", ["-2", "-1", "1", "3"])
def test_a_slice_takes_what_numpy_takes(start: str, stop: str, step: str) -> None:
    slice_ = f"{start}:{stop}:{step}"
    ends = [int(end) if end else None for end in (start, stop, step)]
    x = np.array([2.0, -3.0, 5.0])
    source = f"param x = [2, -3, 5]\nL = sum(x[{slice_}]^2) + x[0]"
    status, found = ask("POST /evaluate", {"source": source})
    assert status == 200, found
    taken = np.zeros(3)
    taken[slice(*ends)] = 2 * x[slice(*ends)]
    taken[0] += 1
    assert found["gradients"]["x"] == taken.tolist()
    status, found = ask("POST /derive", {"source": source, "form": "matrix"})
    assert status == 200, found
    read = f"param x = [2, -3, 5]\ng = {found['gradients']['x']['text']}\nL = sum(g)"
    status, again = ask("POST /evaluate", {"source": read})
    assert again["values"]["g"] == taken.tolist()


@pytest.mark.parametrize("vector", [None, {}])
def test_second_derivatives_by_nothing_are_none(vector: object) -> None:
    source = "param w = 1\ntarget y = [1, 1]\nL = nll(y, w)"
    request = {"source": source} if vector is None else {"source": source, "vector": vector}
    status, found = ask("POST /hessian", request)
    assert status == 200, found
    assert found["size"] == 0


@pytest.mark.parametrize("call", ["put(x, [t, 1], 4)", "x[t]", "take(x, t)", "pick(x, t)"])
def test_places_that_are_written_are_numbers_among_scalars(call: str) -> None:
    source = f"param x = [3, 5]\nL = 0\nfor t in range(2):\n    L = L + sum({call}^2)"
    status, found = ask("POST /steps", {"source": source, "zoom": "scalar"})
    assert status == 200, found
    source = source.replace("t]", "0]").replace(" t)", " 0)").replace("[t,", "[0,")
    assert ask("POST /graph", {"source": source, "zoom": "scalar"})[0] == 200


@pytest.mark.parametrize("reduction", ["max", "min", "argmax"])
@pytest.mark.parametrize("value", ["acos(h)", "log(h - 3)", "mean([1][0:0])*h"])
def test_the_largest_of_no_number_is_none_in_closed_form(reduction: str, value: str) -> None:
    source = (
        f"param w = 2\nfor t in range(2):\n    h = [w, w, 0.5]\nL = w*sum({reduction}({value}))"
    )
    parts = ["formulas", "numbers"]
    status, found = ask("POST /analyze", {"source": source, "parts": parts, "form": "scalar"})
    assert status == 200, found


def test_a_choice_that_no_point_moves_is_looked_at_for_all_points() -> None:
    """Its condition has one value for all of them together."""
    source = "param A = [[2, 1], [0.5, -1]]\nparam v = [1, -2]\nL = sum(relu(A @ v)^2)"
    masked = "where(arange(2) <= reshape(arange(2), 2, 1), A, 0)"
    for answer in (masked, f"relu({masked})", f"outer(2*relu(A @ v), v) + 0*abs({masked})"):
        status, found = ask("POST /compare", {"source": source, "of": "A", "answer": answer})
        assert status == 200, found
