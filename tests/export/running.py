"""Exported programs run from outside, many in one process. Judges nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backstep.binding.bind import BoundModel
from backstep.export.expected_values import stored
from backstep.export.exporting import TargetName, export
from tests.export.networks import expected

_DRIVER = """
import contextlib, io, json, runpy, sys, traceback, warnings
warnings.simplefilter("error")
import numpy
for path, point in json.load(open(sys.argv[1])):
    told = []
    for arguments in ([], ["--json"]):
        sys.argv = [path, *arguments]
        out, code = io.StringIO(), "no exit"
        with contextlib.redirect_stdout(out):
            try:
                runpy.run_path(path, run_name="__main__")
            except SystemExit as end:
                code = end.code
            except BaseException:
                code = traceback.format_exc()
        told.append([code, out.getvalue()])
    if point is not None:
        made = runpy.run_path(path)
        loss, gradients = made["loss_and_gradients"](**point)
        gradients = {name: numpy.asarray(each).tolist() for name, each in gradients.items()}
        told.append({"loss": float(loss), "gradients": gradients})
    print(json.dumps(told), flush=True)
"""


@dataclass(frozen=True, slots=True)
class Ran:
    """How a program ended: its exit code and what it printed, without arguments and with --json."""

    code: Any
    printed: str
    json_code: Any
    json: Any
    at: Any = None
    """What its function gave at another point."""


def run_python(
    files: Mapping[str, str],
    folder: Path,
    python: str = sys.executable,
    points: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Ran]:
    """Python programs, each as `python file` would run it, in one interpreter."""
    paths = {}
    for number, (name, text) in enumerate(files.items()):
        paths[name] = folder / f"net{number}.py"
        paths[name].write_text(text, encoding="utf-8")
    listed = folder / "listed.json"
    listed.write_text(
        json.dumps([[str(path), (points or {}).get(name)] for name, path in paths.items()])
    )
    run = subprocess.run(
        [python, "-c", _DRIVER, str(listed)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    told = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(told) == len(files), run.stderr
    return {name: _ran(*each) for name, each in zip(paths, told, strict=True)}


def tensors_python() -> str:
    """The Python that has PyTorch and JAX: `TENSORS_PYTHON` names it, else it is this one."""
    return os.environ.get("TENSORS_PYTHON", sys.executable)


def needs(library: str) -> None:
    """Skip the test where that Python does not have the library."""
    run = [tensors_python(), "-c", f"import {library}"]
    if subprocess.run(run, capture_output=True, check=False).returncode:
        pytest.skip(f"no {library} is here")


def run_c(files: Mapping[str, str], folder: Path, *more: str) -> dict[str, Ran]:
    """C programs, each compiled with every warning an error, and run both ways."""
    found = {}
    for number, (name, text) in enumerate(files.items()):
        source, program = folder / f"net{number}.c", folder / f"net{number}"
        source.write_text(text, encoding="utf-8")
        flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", *more]
        command = ["cc", *flags, str(source), "-o", str(program), "-lm"]
        made = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
        if made.returncode:
            found[name] = Ran(made.stderr, "", None, None)
            continue
        told = [
            subprocess.run(
                [str(program), *given], capture_output=True, text=True, check=False, timeout=60
            )
            for given in ([], ["--json"])
        ]
        plain, as_json = ([each.returncode, each.stdout] for each in told)
        found[name] = _ran(plain, as_json)
        program.unlink()
    return found


def run_octave(files: Mapping[str, str], folder: Path) -> dict[str, Ran]:
    """Octave programs, each run both ways; an interpreter a run."""
    return _each(files, folder, "m", "octave-cli", "--norc", "--no-history")


def run_julia(files: Mapping[str, str], folder: Path) -> dict[str, Ran]:
    """Julia programs, each run both ways; an interpreter a run."""
    return _each(files, folder, "jl", "julia", "--startup-file=no")


def _each(files: Mapping[str, str], folder: Path, suffix: str, *command: str) -> dict[str, Ran]:
    found = {}
    for number, (name, text) in enumerate(files.items()):
        source = folder / f"net{number}.{suffix}"
        source.write_text(text, encoding="utf-8")
        told = [
            subprocess.run(
                [*command, str(source), *given],
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )
            for given in ([], ["--json"])
        ]
        codes = [each.returncode or each.stderr[-400:] or 0 for each in told]
        found[name] = _ran((codes[0], told[0].stdout), (codes[1], told[1].stdout))
    return found


def _ran(plain: Sequence[Any], as_json: Sequence[Any], at: Any = None) -> Ran:
    try:
        found = json.loads(as_json[1])
    except json.JSONDecodeError:
        found = as_json[1]
    return Ran(plain[0], plain[1], as_json[0], found, at)


def agrees(
    prepared: Mapping[str, BoundModel], target: TargetName, folder: Path, to: float = 1e-12
) -> None:
    """Every network's program exits with 0, and prints the interpreter's numbers as JSON."""
    files = {name: export(each, target).text for name, each in prepared.items()}
    held(prepared, run_python(files, folder), to=to)


def held(prepared: Mapping[str, BoundModel], ran: Mapping[str, Ran], to: float = 1e-12) -> None:
    """What was run agrees with the interpreter, and says so itself."""
    wrong = {}
    for name, each in prepared.items():
        found = ran[name]
        if found.code != 0 or found.json_code != 0:
            wrong[name] = f"{found.code}: {found.printed}"
            continue
        loss, gradients = expected(each)
        told = found.json["gradients"]
        if not close(found.json["loss"], loss, to) or list(told) != list(gradients):
            wrong[name] = f"{found.json} instead of {loss}"
        scales = stored(each).scales
        for key, value in gradients.items():
            if not close(told[key], value, to, 1e3 * scales[key]):
                wrong[name] = f"{key}: {found.json['gradients'][key]} instead of {value.tolist()}"
    assert not wrong, "\n".join(f"{name}: {said}" for name, said in wrong.items())[:5000]


def close(found: Any, wanted: Any, to: float, least: float = 0.0) -> bool:
    """Whether numbers are the same, relative to the largest of them, or to a thousandth of `least`
    where their terms cancel; NaN and infinities too."""
    given = np.array(_numbers(found), dtype=np.float64)
    # As JSON has it: without elements on one axis, the lengths of those behind it are not there.
    expected = np.array(np.asarray(wanted, dtype=np.float64).tolist(), dtype=np.float64)
    if given.shape != expected.shape:
        return False
    sizes = np.abs(expected[np.isfinite(expected)])
    scale = float(sizes.max()) if sizes.size else 0.0
    if least > 1.001e3 * scale:
        scale = least
    return bool(np.allclose(given, expected, rtol=to, atol=to * max(scale, 1e-290), equal_nan=True))


def _numbers(value: Any) -> Any:
    words = {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}
    if isinstance(value, list):
        return [_numbers(each) for each in value]
    return words[value] if isinstance(value, str) else value
