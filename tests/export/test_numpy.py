"""NumPy files: every row, every example and random networks, run and held to the interpreter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backstep.binding.bind import BoundModel, bind
from backstep.export.exporting import export
from tests.export import networks
from tests.export.running import agrees, run_python

NETWORKS: Mapping[str, Callable[[], Mapping[str, BoundModel]]] = {
    "examples": networks.examples,
    "brackets": networks.brackets,
    "random": lambda: networks.random(30),
    "rows": lambda: networks.rows("drawn"),
    "kinks": lambda: networks.rows("special"),
    "far": lambda: networks.rows("far"),
}


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(each, marks=pytest.mark.slow if each in ("kinks", "far") else ())
        for each in NETWORKS
    ],
)
def test_a_file_checks_itself_and_gives_the_interpreters_numbers(kind: str, tmp_path: Path) -> None:
    agrees(NETWORKS[kind](), "numpy", tmp_path)


@pytest.mark.slow
def test_three_hundred_random_networks(tmp_path: Path) -> None:
    for first in range(30, 300, 90):
        # Of many networks some cancel: sums in another order differ by more than usual.
        agrees(networks.random(90, first), "numpy", tmp_path, to=1e-10)


@pytest.mark.parametrize("kind", ["steep", pytest.param("special", marks=pytest.mark.slow)])
def test_called_at_kinks_a_file_of_ordinary_values_gives_the_products_partials(
    kind: str, tmp_path: Path
) -> None:
    """Where a mask is left out, nothing may need one: not at a kink, a tie, or a domain's end."""
    (drawn,) = networks.rows("drawn").values()
    (special,) = networks.rows(kind).values()
    point = {leaf: value.tolist() for leaf, value in special.leaves.items()}
    files = {"rows": export(drawn, "numpy").text}
    found = run_python(files, tmp_path, points={"rows": point})["rows"].at
    loss, gradients = networks.expected(special)
    assert _equal(found["loss"], loss)
    wrong = {
        key: (found["gradients"][key], value.tolist())
        for key, value in gradients.items()
        if not _equal(found["gradients"][key], value)
    }
    assert not wrong


def _equal(found: Any, wanted: Any) -> bool:
    return np.allclose(
        np.array(found, dtype=np.float64), wanted, rtol=1e-12, atol=1e-300, equal_nan=True
    )


def test_the_same_text_gives_the_same_bytes() -> None:
    for each in list(networks.examples().values())[:6]:
        assert export(each, "numpy") == export(bind(each.definition.source), "numpy")


def test_a_network_of_two_layers_is_a_page() -> None:
    for name in ("two-layers", "toy-neuron", "xor"):
        found = export(networks.examples()[name], "numpy").text
        assert found.count("\n") < 120, name
    assert max(map(len, found.splitlines())) <= 160


def test_the_backward_pass_is_written_in_shared_form() -> None:
    text = export(networks.examples()["toy-neuron"], "numpy").text
    for line in (
        "du = u - y  #",
        "# dz = du*u*(1 - u); scalar",
        "# dw = dz*x + 2*lambda*w; scalar",
    ):
        assert line in text


def test_a_file_whose_numbers_are_changed_exits_with_1(tmp_path: Path) -> None:
    prepared = networks.examples()["toy-neuron"]
    text = export(prepared, "numpy").text
    files = {
        "as it is": text,
        "another loss": text.replace("STORED_LOSS = 0.08004967", "STORED_LOSS = 0.08004968"),
        "another gradient": text.replace("'b': -0.07356704", "'b': -0.07356703"),
        "a wrong rule": text.replace("dz = du*u*", "dz = 2*du*u*"),
        "a wrong rule and numbers of its own": _with_its_own(text),
    }
    assert len(set(files.values())) == len(files)
    ran = run_python(files, tmp_path)
    assert {name: each.code for name, each in ran.items()} == {
        name: int(name != "as it is") for name in files
    }


def _with_its_own(text: str) -> str:
    """Twice the partial at the net input, in the lines and in what is stored: the central
    difference alone says so."""
    text = text.replace("dz = du*u*", "dz = 2*du*u*")
    text = text.replace("'b': -0.073567042426383622", "'b': -0.14713408485276724")
    return text.replace("'w': -0.047134084852767238", "'w': -0.19426816970553448")


def test_saturated_units_keep_their_partials(tmp_path: Path) -> None:
    """Element by element: where u or t is nearly 1, what is left of 1 - u and 1 - t^2 counts."""
    text = (
        "param w = [40, 25, 15, -30, 0.5]\nparam v = 38\nz = w*1\nu = sigmoid(z)\nt = tanh(z)\n"
        "s = sigmoid(v)\nq = softmax(w)\nL = sum(u) + sum(t) + s + q[0]"
    )
    prepared = {"saturated": bind(text)}
    files = {"saturated": export(prepared["saturated"], "numpy").text}
    found = run_python(files, tmp_path)["saturated"].json["gradients"]
    for name, value in networks.expected(prepared["saturated"])[1].items():
        assert np.allclose(np.array(found[name]), value, rtol=1e-11, atol=0), name
