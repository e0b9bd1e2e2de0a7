"""At kinks, ends of domains, overflow and slices of nothing, programs agree with their numbers."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from backstep.binding.bind import BoundModel, bind
from backstep.errors import FormulaTooLarge
from backstep.export.expected_values import stored
from backstep.export.exporting import TARGETS, TargetName, export
from tests.export import edges, networks
from tests.export.running import Ran, held, needs, run_c, run_octave, run_python, tensors_python
from tests.export.test_c import needs_compiler

needs_octave = pytest.mark.skipif(shutil.which("octave-cli") is None, reason="no Octave is here")
Run = Callable[[Mapping[str, str], Path], dict[str, Ran]]


def _held(prepared: Mapping[str, BoundModel], target: TargetName, run: Run, folder: Path) -> None:
    held(
        prepared, run({name: export(each, target).text for name, each in prepared.items()}, folder)
    )


def together() -> dict[str, BoundModel]:
    """All rows in one network, for targets whose programs take long to start."""
    kinds = ("zero", "minus zero", "tiny", "infinite", "nothing")
    return {name: each for kind in kinds for name, each in networks.rows(kind).items()}


def test_numpy_at_zero_and_of_nothing(tmp_path: Path) -> None:
    found = {**edges.texts(), **edges.at_edges(["zero"], 1), **edges.without_elements(1)}
    assert len(found) > 100
    _held(found, "numpy", run_python, tmp_path)


@needs_compiler
def test_c_at_an_edge(tmp_path: Path) -> None:
    _held(edges.texts(), "c", run_c, tmp_path)


def test_a_slope_that_is_infinite_is_not_judged() -> None:
    for text in ("L = sqrt(max(w, 0))", "L = 1/(w + 1e-300)", "L = log(w)"):
        slope = stored(bind(f"param w = 0\n{text}")).slope
        assert slope is not None
        assert not slope.judged


def test_what_is_infinite_is_a_word_of_julia() -> None:
    """Julia is nowhere among the checks, so its text is read."""
    given = {"w": [0.0, "Infinity", "NaN", "-Infinity"]}
    text = export(bind("param w = [0, 1, 2, 3]\nL = sum(sqrt(w))", given), "julia").text
    assert "    w = [0.0, Inf, NaN, -Inf],  # param\n" in text
    assert '    "w" => [Inf, 0.0, NaN, NaN],\n' in text
    assert not re.search(r"(?m)^[^#]*\b(inf|nan)\b", text)


@pytest.mark.slow
@pytest.mark.parametrize("kind", networks.PLACES)
def test_numpy_at_every_edge(kind: str, tmp_path: Path) -> None:
    # At huge numbers that cancel, the digits left are those of the order of summation, which is
    # the elements' here and the memory's in NumPy.
    found = {
        name: each
        for name, each in edges.at_edges([kind]).items()
        if not (kind == "huge" and name.startswith(("move_axis", "swap_last", "transpose")))
    }
    _held(found, "numpy", run_python, tmp_path)


@pytest.mark.slow
def test_numpy_without_elements(tmp_path: Path) -> None:
    _held(edges.without_elements(), "numpy", run_python, tmp_path)


@needs_compiler
@pytest.mark.slow
def test_c_at_every_edge(tmp_path: Path) -> None:
    found = {**edges.at_edges(["zero", "tiny"], 1), **edges.without_elements(1), **together()}
    _held(found, "c", run_c, tmp_path)


@needs_octave
@pytest.mark.slow
def test_octave_at_every_edge(tmp_path: Path) -> None:
    found = {**edges.texts(), **edges.without_elements(1), **together()}
    _held(found, "octave", run_octave, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["torch", "jax"])
def test_tensors_at_every_edge(target: TargetName, tmp_path: Path) -> None:
    needs(target)
    found = edges.texts()
    if target == "torch":
        found |= {**together(), **edges.at_edges(["zero", "tiny"]), **edges.without_elements()}
    else:
        # Each operation of each shape is compiled when it is first met.
        found |= networks.rows("zero")
    _held(
        found, target, lambda files, folder: run_python(files, folder, tensors_python()), tmp_path
    )


# A comparison alone is a value in the table, but of no text.
OF_NO_TEXT = re.compile(r"(less|greater|equal|not_equal|less_equal|greater_equal|where|guard) ")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["zero", "special", "tiny", "infinite"])
def test_a_sympy_program_never_rejects_its_own_numbers(kind: str, tmp_path: Path) -> None:
    files = {}
    for name, each in {**edges.texts(), **edges.at_edges([kind], 1)}.items():
        # A variance of infinities is NaN in the file where the stored one is not judged so.
        if OF_NO_TEXT.match(name) or name == "var 0 at infinite":
            continue
        try:
            files[name] = export(each, "sympy").text
        except FormulaTooLarge:
            continue
    ran = run_python(files, tmp_path)
    assert {name: each.code for name, each in ran.items()} == dict.fromkeys(files, 0)


EVERYTHING = {
    "not read": "param w = 2\ninput x = 1\na = -9\nb = w*x\nc = exp(b)\nL = w^2",
    "read at two names": "param w = [1, 2]\na = w\nb = a*2\nc = b\nL = sum(c^2)",
    "a loss of numbers": "param w = 2\nh = [[1, w]]\nL = mean(0)",
    "names that collide": "param g3 = 2\nt1 = g3*2\ndw = t1^2\nw = 3*dw\ndt1 = w + 1\nL = dt1^2",
    "passes": "param w = 2\nh = 1\nfor t in range(2):\n    h = tanh(w*h)\nL = h^2",
}


def _by_everything(target: TargetName) -> dict[str, str]:
    files = {}
    for name, text in EVERYTHING.items():
        prepared = bind(text)
        files[name] = export(prepared, target, list(prepared.definition.names)).text
    return files


@pytest.mark.parametrize("target", TARGETS)
def test_partials_by_every_name_are_written(target: TargetName) -> None:
    assert len(_by_everything(target)) == len(EVERYTHING)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "run"),
    [
        ("numpy", run_python),
        pytest.param("c", run_c, marks=needs_compiler),
        pytest.param("octave", run_octave, marks=needs_octave),
    ],
)
def test_partials_by_every_name_are_right(target: TargetName, run: Run, tmp_path: Path) -> None:
    ran = run(_by_everything(target), tmp_path)
    assert {name: each.code for name, each in ran.items()} == dict.fromkeys(EVERYTHING, 0)
