"""The floors and invariants of docs/architecture.md, read from the sources; nothing is run.

Every rule is a function from one parsed module to what it finds wrong, so that each is also
tried on a few planted lines: a rule that finds nothing anywhere would prove nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.architecture import (
    COMPILER,
    FLOORS,
    LONGEST,
    NAMES,
    ROOT,
    RULES,
    Module,
    floor,
    room,
    unkempt,
)


def modules(folder: str) -> list[Module]:
    """Every module below a folder of the project."""
    paths = sorted((ROOT / folder).rglob("*.py"))
    return [Module(str(path.relative_to(ROOT)), path.read_text()) for path in paths]


MODULES = [*modules("backstep"), *modules("app")]


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_rule_holds(rule: Callable[[Module], list[str]]) -> None:
    assert MODULES
    assert [f"{module.path}:{found}" for module in MODULES for found in rule(module)] == []


def test_tests_are_kept_as_what_they_test() -> None:
    files = modules("tests")
    assert len(files) > 100
    assert [f"{file.path}:{found}" for file in files for found in unkempt(file)] == []


def test_no_room_is_on_two_floors() -> None:
    assert len(set.union(*FLOORS)) == sum(len(rooms) for rooms in FLOORS)


def test_the_map_has_every_room_on_its_floor() -> None:
    rows = re.findall(r"(?m)^\| (\d+) \| (.*?) \|", (ROOT / "docs" / "architecture.md").read_text())
    drawn = {
        (int(level), f"{package}.{name}")
        for level, places in rows
        for package, name in re.findall(r"`(app|backstep)/(\w+)(?:/|\.py)`", places)
    }
    rooms = {room(module.name) for module in MODULES} - {None}
    assert drawn == {(floor(name), name) for name in rooms if name}


PLANTED = [
    ("off_floor", "backstep/graph/order.py", "from backstep.ops import TABLE"),
    ("off_floor", "backstep/graph/order.py", "import app.web.main"),
    ("off_floor", "backstep/graph/order.py", "from backstep import lang"),
    (
        "off_floor",
        "backstep/lang/compile/compiler.py",
        "from backstep.formula.tree import Formula",
    ),
    ("off_floor", "backstep/lang/compile/compiler.py", "from ...formula import tree"),
    (
        "off_floor",
        "backstep/lang/compile/compiler.py",
        "def f():\n    from backstep.evaluate import numeric",
    ),
    ("off_floor", "backstep/lang/__init__.py", "from ..evaluate import numeric"),
    ("off_floor", "app/attic.py", "import math"),
    ("off_floor", "backstep/__init__.py", "from backstep.graph import order"),
    ("out_of_place", "backstep/lang/compile/compiler.py", "import sympy"),
    ("out_of_place", "backstep/evaluate/numeric.py", "from sympy import exp"),
    ("out_of_place", "app/api/call.py", "from fastapi import FastAPI"),
    ("out_of_place", "backstep/drawing/svg.py", "import graphviz"),
    ("out_of_place", "app/web/main.py", "from concurrent.futures import ProcessPoolExecutor"),
    ("out_of_place", "backstep/network/network.py", "from rich.progress import Progress"),
    ("out_of_place", "app/cli/command.py", "import mcp.server"),
    ("out_of_place", "backstep/drawing/svg.py", "import anywidget"),
    ("starting", "app/web/main.py", "import os\nos.fork()"),
    ("starting", "app/web/main.py", "from os import system"),
    ("starting", "app/web/main.py", "import asyncio\nasyncio.create_subprocess_exec('ls')"),
    ("evaluating", "backstep/lang/compile/compiler.py", "eval('1')"),
    ("evaluating", "backstep/lang/compile/compiler.py", "read = eval"),
    ("evaluating", "backstep/lang/compile/compiler.py", "import builtins\nbuiltins.exec('1')"),
    ("evaluating", "backstep/ops/values.py", "import sympy\nsympy.sympify(text)"),
    ("evaluating", "backstep/ops/values.py", "from sympy import lambdify as fast"),
    ("evaluating", "backstep/ops/values.py", "import sympy\nsympy.S(text)"),
    ("evaluating", "backstep/evaluate/numeric.py", "compile('1', '', 'eval')"),
    ("evaluating", COMPILER, "eval('1')"),
    ("unkempt", "backstep/lang/compile/compiler.py", "x = 1"),
    ("unkempt", "backstep/lang/compile/compiler.py", '"""Says."""\n' + "\n" * LONGEST),
    ("unkempt", "backstep/lang/utils.py", '"""Says."""'),
    ("naming", "backstep/notation/symbols.py", "graph.apply('tanh', x)"),
    ("naming", "backstep/notation/symbols.py", "node.op == 'tanh'"),
    ("naming", "backstep/notation/symbols.py", "node.op in {'tanh', 'exp'}"),
    (
        "naming",
        "backstep/notation/symbols.py",
        "match node.op:\n    case 'tanh' | 'exp':\n        pass",
    ),
    ("naming", "backstep/notation/symbols.py", "TABLE['tanh']"),
]
HARMLESS = [
    ("off_floor", "backstep/ops/arithmetic.py", "from backstep.graph.node import Node"),
    (
        "off_floor",
        "backstep/lang/compile/compiler.py",
        "from .scope import Scope\nfrom backstep import __version__",
    ),
    ("out_of_place", "backstep/symbolic/loss.py", "import sympy"),
    ("out_of_place", "app/jobs/pool.py", "import pebble"),
    ("evaluating", "backstep/lang/compile/compiler.py", "import re\nre.compile('x')"),
    ("evaluating", "backstep/ops/values.py", "import sympy\nsympy.S.Half"),
    ("evaluating", COMPILER, "exec(compile(source, name, 'exec'))"),
    ("naming", "backstep/simplify/sums.py", "graph.apply('tanh', x)"),
    ("naming", "backstep/notation/symbols.py", "fonts.apply('serif', x)\nname == 'tanh'"),
]


def _found(rule: str, path: str, text: str) -> list[str]:
    return RULES[NAMES.index(rule)](Module(path, text))


@pytest.mark.parametrize(("rule", "path", "text"), PLANTED)
def test_rule_finds_what_is_planted(rule: str, path: str, text: str) -> None:
    assert _found(rule, path, text)


@pytest.mark.parametrize(("rule", "path", "text"), HARMLESS)
def test_rule_lets_pass_what_is_harmless(rule: str, path: str, text: str) -> None:
    assert _found(rule, path, text) == []
