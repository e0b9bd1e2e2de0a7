"""C files: every row, every example and random networks, compiled, run, held to the interpreter."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from backstep.binding.bind import BoundModel, bind
from backstep.errors import RequestError
from backstep.export.exporting import export
from tests.export import networks
from tests.export.running import held, run_c

needs_compiler = pytest.mark.skipif(
    shutil.which("cc") is None and not os.environ.get("CI"), reason="no C compiler is here"
)
NETWORKS: Mapping[str, Callable[[], Mapping[str, BoundModel]]] = {
    "examples": networks.examples,
    "brackets": networks.brackets,
    "random": lambda: networks.random(30),
    "rows": lambda: networks.rows("drawn"),
    "kinks": lambda: networks.rows("special"),
    "far": lambda: networks.rows("far"),
    "hostile": networks.hostile,
}
KINDS = [
    pytest.param(each, marks=pytest.mark.slow if each in ("kinks", "far") else ())
    for each in NETWORKS
]
"""At kinks, and where numbers are far, with the slow tests."""


@needs_compiler
@pytest.mark.parametrize("kind", KINDS)
def test_a_file_compiles_checks_itself_and_gives_the_interpreters_numbers(
    kind: str, tmp_path: Path
) -> None:
    prepared = NETWORKS[kind]()
    files = {name: export(each, "c").text for name, each in prepared.items()}
    held(prepared, run_c(files, tmp_path))


@needs_compiler
@pytest.mark.slow
def test_three_hundred_random_networks(tmp_path: Path) -> None:
    for first in range(30, 300, 90):
        prepared = networks.random(90, first)
        files = {name: export(each, "c").text for name, each in prepared.items()}
        # Of many networks some cancel: sums in another order differ by more than usual.
        held(prepared, run_c(files, tmp_path, "-O2"), to=1e-10)


@needs_compiler
def test_a_file_whose_numbers_are_changed_exits_with_1(tmp_path: Path) -> None:
    text = export(networks.examples()["toy-neuron"], "c").text
    files = {
        "as it is": text,
        "another loss": text.replace(".loss = 0.08004967", ".loss = 0.08004968"),
        "another gradient": text.replace(".db = -0.07356704", ".db = -0.07356703"),
        "a wrong rule": text.replace("dz = du*", "dz = 2*du*"),
    }
    assert len(set(files.values())) == len(files)
    found = {name: each.code for name, each in run_c(files, tmp_path).items()}
    assert found == {name: int(name != "as it is") for name in files}


def test_nothing_is_allocated_and_nothing_opened() -> None:
    for each in [*networks.examples().values(), *networks.hostile().values()]:
        text = re.sub(r"/\*.*?\*/", "", export(each, "c").text)
        assert set(re.findall(r"#\s*include <(.*?)>", text)) == {"math.h", "stdio.h", "string.h"}
        assert text.count("#") == 3
        assert not re.search(r"\b(malloc|calloc|realloc|fopen|system|popen|asm)\b", text)


def test_loops_go_over_axes() -> None:
    text = export(networks.examples()["two-layers"], "c").text
    assert "for (int i = 0; i < W_1_0; i++) {" in text
    assert "static double z[W_1_0];  /* z = sigmoid(a); vector of 2 */" in text


def test_a_gradient_without_elements_is_refused_in_words() -> None:
    with pytest.raises(RequestError, match="no arrays without elements"):
        export(bind("param w = [2, 3]\nv = w[1:1]\nL = sum(w) + sum(v)"), "c", ["v"])


@needs_compiler
def test_a_network_without_parameters_has_nothing_that_is_not_used(tmp_path: Path) -> None:
    prepared = {"fixed": bind("input x = [1, 2]\nL = sum(x^2)")}
    held(
        prepared, run_c({name: export(each, "c").text for name, each in prepared.items()}, tmp_path)
    )


BY_BLOCKS = """\
input X[9, 150] ~ normal(0, 1)
param W[130, 150] ~ normal(0, 1)
param V[150, 37] ~ normal(0, 1)
H = X @ W.T
G = X @ V
L = sum(H^2) + sum(G^2)
"""


@needs_compiler
def test_large_matrices_are_multiplied_by_blocks(tmp_path: Path) -> None:
    """Whatever stands behind each other, and where blocks do not come out even."""
    prepared = {"large": bind(BY_BLOCKS)}
    text = export(prepared["large"], "c").text
    assert text.count("    matrix_product(") >= 4
    held(prepared, run_c({"large": text}, tmp_path, "-O2"), to=1e-11)


def test_a_reshaped_value_is_read_where_it_stands() -> None:
    """Axes that are neither split nor joined keep their index; others are counted once."""
    text = "param x[4, 6] ~ normal(0, 1)\nz = exp(x)\ny = reshape(z, 4, 2, 3)\nL = sum(y*y)"
    found = export(bind(text), "c").text
    assert "z[i][j*3 + k]" in found
    assert "((const double *)dy)[i*6 + j]" in found
