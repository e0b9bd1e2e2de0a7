"""The commands that read a definition: what they print, as text and JSON, and their exit codes."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import shlex
import subprocess
import sys
from dataclasses import replace
from glob import glob
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.cli import main
from app.cli.command import COMMANDS
from backstep import __version__
from backstep.binding.bind import BoundModel
from backstep.gradient_check.result import GradientCheck
from backstep.gradient_check.run import check
from tests.asking import CALLS
from tests.fenced import samples

NET = """\
input x = 2
target y = 1
param w = 0.5
param b = -0.3
z = w*x + b
u = sigmoid(z)
L = (u - y)^2/2
"""


@pytest.fixture
def net(tmp_path: Path) -> str:
    """The path of a definition's file."""
    path = tmp_path / "net.nn"
    path.write_text(NET)
    return str(path)


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """What a command prints, to the one output or to the other."""
    assert main(arguments) == code
    found = capsys.readouterr()
    assert found.err if code and not found.out else not found.err
    return found.out or found.err


def test_values_and_partials_stand_in_columns(net: str, capsys: pytest.CaptureFixture[str]) -> None:
    rows = said(capsys, "evaluate", net, "--set", "w=0.7").splitlines()
    assert rows[0].split() == ["value", "∂L/∂…"]
    assert ["w", "0.7", "-0.093587468"] in [row.split() for row in rows]
    assert rows[-1] == "L = 0.031185007"
    assert said(capsys, "evaluate", net, "--name", "z").splitlines()[1].split()[0] == "z"


def test_a_matrix_takes_lines_of_its_own_and_a_warning_follows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "\ufeffparam W = [[1, 2], [3, 0]]\nL = sum(relu(W))"
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    rows = said(capsys, "evaluate", "-").splitlines()
    assert rows[1].startswith("W  [[1., 2.],")
    assert rows[2].startswith("    [3., 0.]]")
    assert rows[-1].startswith("warning: line 2: ")


CASES: list[tuple[list[str], str, dict[str, Any]]] = [
    (["evaluate"], "evaluate", {}),
    (["derive", "--form", "matrix"], "derive", {"form": "matrix"}),
    (["derive", "--wrt", "z"], "derive", {"form": "auto", "wrt": ["z"]}),
    (["check", "--wrt", "w"], "check", {"wrt": ["w"]}),
    (["draw", "--step", "9"], "graph", {"step": 9}),
]


@pytest.mark.parametrize(("arguments", "call", "more"), CASES)
def test_json_is_what_the_api_answers(
    arguments: list[str],
    call: str,
    more: dict[str, Any],
    net: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    command, *rest = arguments
    told = json.loads(said(capsys, command, net, *rest, "--set", "w=0.7", "--json"))
    answered = CALLS[call]({"source": NET, "values": {"w": 0.7}, **more})
    np.testing.assert_equal(told, json.loads(json.dumps(answered)))


def test_formulas_are_printed_with_their_names(
    net: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, "derive", net, "--form", "shared").splitlines() == [
        "delta_u = u - y",
        "delta_z = delta_u*u*(1 - u)",
        "L = (u - y)^2 / 2",
        "∂L/∂w = delta_z*x",
        "∂L/∂b = delta_z",
    ]
    assert "\\frac{\\partial L}{\\partial w} = " in said(capsys, "derive", net, "--latex")


def test_a_derivation_is_of_one_name_or_of_every_parameter(
    net: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, "derivation", net, "w").startswith("1. ∂L/∂w = ")
    assert said(capsys, "derivation", net, "--latex").count("\\begin{align*}") == 2
    told = json.loads(said(capsys, "derivation", net, "b", "--json"))
    assert told["b"]["lines"][0]["rule"] == "chain"


def test_a_check_that_agrees_is_0_and_one_that_does_not_is_1(
    net: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said(capsys, "check", net).startswith("Backprop, SymPy and differences agree on 2 ")
    both = said(capsys, "check", net, net).splitlines()
    assert [line.startswith(f"{net}: Backprop") for line in both] == [True, True]
    unknown = Path(net).with_name("unknown.nn")
    unknown.write_text("param w = 1\nL = log(w - 2)")
    for files in ([net, str(unknown)], [str(unknown), net]):
        assert said(capsys, "check", *files, code=1).count("Not checked") == 1

    fixed = Path(net).with_name("fixed.nn")
    fixed.write_text("input x = 2\nL = x^2")
    told = said(capsys, "check", str(fixed))
    assert told == "Nothing to check: there is no parameter.\n"
    assert said(capsys, "derivation", str(fixed), code=1).startswith("There is no parameter: ")
    assert said(capsys, "derivation", str(fixed), "x").startswith("1. ")

    def off(prepared: BoundModel, wrt: Any) -> GradientCheck:
        found = check(prepared, wrt)
        first = replace(found.elements[0], symbolic=1.0, within=False)
        return replace(found, agree=False, elements=[first, *found.elements[1:]])

    monkeypatch.setattr("backstep.gradient_check.run.check", off)
    told = said(capsys, "check", net, code=1)
    assert told.startswith("They differ: at ")
    assert re.search(r"^  [wb]: backprop -0\.\d+, SymPy 1, differences -0\.\d+$", told, re.M)


def test_a_typed_partial_is_judged_by_the_exit_code_too(
    net: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, "compare", net, "w", "(u - y)*u*(1 - u)*x").startswith("Right: ")
    told = said(capsys, "compare", net, "w", "(u - y)*u*(1 - u)", code=1)
    assert "the factor x = ∂z/∂w is missing" in told
    assert said(capsys, "compare", net, "w", "(u - y)*(x", code=1).splitlines()[1:] == [
        "  1 | (u - y)*(x",
        "    |         ^ add ')'",
    ]
    assert json.loads(said(capsys, "compare", net, "w", "x", "--json", code=1))["equal"] is False


def test_a_drawing_is_written_by_its_ending_or_printed(
    net: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "net.svg"
    assert main(["draw", net, "-o", str(out), "--step", "9"]) == 0
    assert capsys.readouterr().out == ""
    assert out.read_text() + "\n" == said(capsys, "draw", net, "--step", "9")
    for scale in ("1", "3"):
        png = out.with_name(f"{scale}.png")
        assert main(["draw", net, "-o", str(png), "--scale", scale]) == 0
    wide = [int.from_bytes(out.with_name(f"{n}.png").read_bytes()[16:20]) for n in (1, 3)]
    assert wide[1] == pytest.approx(3 * wide[0], abs=3)
    told = said(capsys, "draw", net, "-o", str(out.with_suffix(".png")), "--scale", "99", code=1)
    assert "scale" in told
    assert "'net.bmp'" in said(capsys, "draw", net, "-o", "net.bmp", code=1)
    assert "no step 99" in said(capsys, "draw", net, "--step", "99", code=1)
    nowhere = str(tmp_path / "no" / "net.svg")
    told = said(capsys, "draw", net, "-o", nowhere, code=1)
    assert told == f"{nowhere} cannot be written: No such file or directory.\n"


def test_a_definition_is_exported_to_a_file_or_printed(
    net: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "net.py"
    assert main(["export", net, "--target", "numpy", "-o", str(out)]) == 0
    assert capsys.readouterr().out == ""
    assert "w = 0.5  # param" in out.read_text()
    monkeypatch.setattr("sys.stdin", io.StringIO(NET))
    told = said(capsys, "export", "-", "--target", "numpy", "--set", "w=0.7", "--wrt", "x")
    assert "w = 0.7  # param" in told
    assert "return L, {'x': dx}" in told


def test_a_training_prints_some_steps_and_the_parameters(
    net: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = said(capsys, "train", net, "--steps", "20", "--optimiser", "adam").splitlines()
    assert lines[0].startswith("step  0  L = 0.05")
    assert [line.split()[0] for line in lines[-3:]] == ["w", "b", "20"]
    assert len(lines) < 16
    told = json.loads(said(capsys, "train", net, "--steps", "2", "--json"))
    assert [step["step"] for step in told["steps"]] == [0, 1, 2]
    assert told["summary"]["outcome"] == "done"
    steep = Path(net).with_name("steep.nn")
    steep.write_text("param w = 1\nL = w^4")
    away = said(capsys, "train", str(steep), "--rate", "100", "--steps", "20", code=1)
    assert away.splitlines()[-1].startswith("L is ∞ after 4 updates: the steps were too long. Try ")
    assert "no optimiser" in said(capsys, "train", net, "--optimiser", "best", code=1)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["export", "--target", "fortran"], "there is no target 'fortran' (numpy, torch, jax"),
        (["evaluate", "--set", "w"], "write NAME=VALUE"),
        (["evaluate", "--set", "w=much"], "is no number"),
        (["evaluate", "--set", "v=1"], "'v' is not in the text"),
        (["derive", "--wrt", "v"], "no name 'v'"),
        (["evaluate", "--name", "v"], "no name 'v'"),
    ],
)
def test_what_cannot_be_had_is_said_in_words(
    asked: list[str], told: str, net: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told in said(capsys, asked[0], net, *asked[1:], code=1)


def test_a_text_at_fault_is_printed_with_its_caret_by_every_command(
    net: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(net).write_text("param w = 1\nL = w*v")
    rest = {"compare": ["w", "1"], "export": ["--target", "numpy"]}
    others = ("serve", "worker", "mcp", "settings")
    for command in (each.name for each in COMMANDS if each.name not in others):
        told = said(capsys, command, net, *rest.get(command, []), code=1)
        assert told.splitlines()[:2] == ["line 2, column 7: unknown name 'v'", "  2 | L = w*v"]
        assert "^ declare it above" in told.splitlines()[2]


def test_a_file_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "no.nn")
    assert said(capsys, "check", missing, code=1) == f"There is no file {missing}.\n"
    told = said(capsys, "evaluate", str(tmp_path), code=1)
    assert told == f"{tmp_path} is a folder, not a definition's file.\n"
    (tmp_path / "net.nn").write_bytes(b"param w = \xff")
    told = said(capsys, "evaluate", str(tmp_path / "net.nn"), code=1)
    assert told.endswith("net.nn is no text in UTF-8.\n")


def test_help_has_examples_and_the_targets(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], *([each.name, "--help"] for each in COMMANDS)):
        with pytest.raises(SystemExit) as stopped:
            main(arguments)
        assert stopped.value.code == 0
        told = capsys.readouterr().out
        assert "examples:\n  backstep " in told
    with pytest.raises(SystemExit):
        main(["export", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "numpy: a NumPy program that checks itself; torch: " in told
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"backstep {__version__}\n"


def test_the_examples_of_the_help_are_commands_that_are_read() -> None:
    from app.cli import _parser

    for command in COMMANDS:
        for example in command.examples:
            given = shlex.split(example.partition(" > ")[0])
            assert _parser(given).parse_args(given).run is command


def test_without_its_package_the_tools_say_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    monkeypatch.setitem(sys.modules, "mcp.server", None)
    monkeypatch.delitem(sys.modules, "app.assistant.server", raising=False)
    assert "pip install 'backstep-learn[mcp]'" in said(capsys, "mcp", code=1)


def test_a_bar_is_on_a_terminal_and_not_in_a_pipe(
    net: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    piped = said(capsys, "train", net, "--steps", "3")
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr(sys, "stderr", terminal)
        assert main(["train", net, "--steps", "3"]) == 0
        terminal.flush()
        assert b"training" in os.read(ours, 65536)
    os.close(ours)
    assert capsys.readouterr().out == piped


@pytest.mark.slow
def test_a_reader_that_has_enough_ends_the_command_without_a_traceback(net: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "app.cli", "draw", net],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_the_commands_of_the_guides_run(
    net: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "one.nn").write_text(NET)
    lines = [
        line.removeprefix("- run: ")
        for page in ("docs/python.md", "docs/package.md")
        for kind, text in samples(page)
        if kind in ("sh", "yaml")
        for line in text.splitlines()
    ]
    asked = [shlex.split(line.partition("  #")[0]) for line in lines if "backstep " in line]
    asked = [words[1:] for words in asked if words[0] == "backstep" and words[1:] != ["serve"]]
    assert len(asked) > 6
    for words in asked:
        given = [name for each in words for name in sorted(glob(each)) or [each]]
        assert main(given) == 0, words
        assert capsys.readouterr().err == ""
