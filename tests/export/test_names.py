"""Names and remarks of a user's text: never more than names and remarks in a file."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from backstep.binding.bind import bind
from backstep.export.comments import hashed, printable, starred
from backstep.export.exporting import TARGETS, export
from backstep.export.names import NameRules, safe
from tests.export import networks
from tests.export.running import agrees


def test_a_hostile_text_runs_and_nothing_of_it_is_run(tmp_path: Path) -> None:
    agrees(networks.hostile(), "numpy", tmp_path)


def test_what_a_program_imports_and_calls() -> None:
    """Its target, json, math, sys; no file, no text evaluated, no attribute by name."""
    for each in [*networks.examples().values(), *networks.hostile().values()]:
        text = export(each, "numpy").text
        imported = set()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            assert not isinstance(node, ast.ImportFrom)
            if isinstance(node, ast.Name):
                assert node.id not in {"open", "eval", "exec", "compile", "getattr", "__import__"}
        assert imported <= {"itertools", "json", "math", "sys", "numpy"}


@pytest.mark.parametrize(
    "text",
    [
        "a\nb",
        "a\rb",
        "a\x0bb",
        "a\x0cb",
        "a\x1cb",
        "a\x85b",
        "a\u2028b",
        "a\u2029b",
        "a\u202eb",
        "\x00",
    ],
)
def test_a_remark_is_one_line(text: str) -> None:
    for shown in (printable(text), hashed(text), starred(text)):
        assert len(shown.splitlines()) == 1
        assert all(character.isprintable() for character in shown)


@pytest.mark.parametrize("text", ["*/ x", "/* x", "??/", "**//", "*/*/", "/*/", "????//"])
def test_a_remark_in_c_neither_ends_nor_begins_one(text: str) -> None:
    shown = starred(text)
    assert "*/" not in shown
    assert "/*" not in shown
    assert "??" not in shown


@pytest.mark.parametrize(
    ("name", "plain", "letters"),
    [
        ("w", "w", "w"),
        ("h[0].W", "h_0_W", "h_0_W"),
        ("_x", "v_x", "v_x"),
        ("größe", "gruf6udfe", "größe"),
        ("重み", "u91cdu307f", "重み"),
    ],
)
def test_a_name_is_spelled_for_a_target(name: str, plain: str, letters: str) -> None:
    assert safe(name, NameRules(frozenset())) == plain
    assert safe(name, NameRules(frozenset(), letters=True)) == letters


@pytest.mark.parametrize("target", TARGETS)
def test_names_that_a_file_needs_are_given_others(target: str) -> None:
    """And two names that come to the same are kept apart."""
    text = "param h_W = 1\nparam x = [1, 2]\nh = dense(x, 1)\nL = sum(h)*h_W"
    export(bind(text), target)  # type: ignore[arg-type]
    found = export(bind(text), "numpy").text
    assert "h_W_ = " in found
    assert "#   h.W: h_W_" in found
