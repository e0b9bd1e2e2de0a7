"""Julia files: read by a grammar of what is written, and run where Julia is."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from backstep.binding.bind import BoundModel
from backstep.export.exporting import export
from backstep.export.julia import file as julia_file
from backstep.export.julia.file import HELPERS
from tests.export import networks
from tests.export.running import held, run_julia

NETWORKS: Mapping[str, Callable[[], Mapping[str, BoundModel]]] = {
    "examples": networks.examples,
    "brackets": networks.brackets,
    "random": lambda: networks.random(10),
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
_TOKEN = re.compile(
    r"""(?P<string>"(?:[^"\\$]|\\.)*")
      | (?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)
      | (?P<name>@?[A-Za-z_]\w*!?)
      | (?P<sign>\.{3}|\.?(?:<=|>=|==|!=|[-+*/^<>&|])|&&|\|\||=>|->|\+=|\*=|[=?:,;.!%])
      | (?P<bracket>[()\[\]{}])
      | (?P<end>\n)
      | (?P<space>[ ])
      | (?P<comment>\#[^\n]*)
      | (?P<wrong>.)""",
    re.VERBOSE,
)
_OPENERS = frozenset({"function", "if", "for", "while"})
_PAIRS = {")": "(", "]": "[", "}": "{"}
_WORDS = _OPENERS | {"end", "else", "elseif", "return", "const", "in", "isa", "true", "false"}
# What Base has that our functions and lines may call.
_BASE = set(julia_file.BASE.split()) | {"Dict", "Colon", "zip", "isequal", "Any", "@__FILE__"}


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        assert kind is not None
        assert kind != "wrong", (match[0], text[match.start() - 60 :][:90])
        if kind not in ("space", "comment"):
            yield kind, match[0]


def _parsed(text: str) -> None:
    """Brackets close in order, every block has its end, no two operands stand side by side."""
    opened: list[str] = []
    blocks = 0
    before: tuple[str, str] = ("end", "\n")
    for kind, token in _tokens(text):
        if kind == "bracket":
            if token in _PAIRS:
                assert opened.pop() == _PAIRS[token]
            else:
                opened.append(token)
        elif kind == "name" and not opened:
            blocks += (token in _OPENERS) - (token == "end")
            assert blocks >= 0
        operand = kind in ("name", "number", "string") and token not in _WORDS
        after = before[0] in ("name", "number", "string") and before[1] not in _WORDS
        if operand and after:
            # In a matrix a space parts two elements.
            assert "[" in opened, (before, token)
        before = (kind, token)
    assert not opened
    assert blocks == 0


def _names_are_known(text: str) -> None:
    """What the lines read is an argument, a line before, a function of the file's or of Base."""
    defined = set(re.findall(r"(?m)^(?:function )?(\w+)\(", text))
    found = re.search(r"(?ms)^function loss_and_gradients\((.*?)\)\n(.*?)^end$", text)
    assert found is not None
    known = {part.partition("=")[0].strip() for part in found[1].split(",")} | {"GIVEN"}
    for line in found[2].splitlines():
        code = re.sub(r'"(?:[^"\\]|\\.)*"', "", line.partition("#")[0])
        code = re.sub(r"GIVEN\.\w+", "GIVEN", code)
        name, equals, right = code.partition(" = ")
        read = set(re.findall(r"(?<![\w.])[A-Za-z_]\w*", right if equals else code))
        inner = set(re.findall(r"for (\w) in|, (\w) in", right))
        read -= {each for pair in inner for each in pair} | {
            "for",
            "in",
            "dims",
            "return",
            "true",
            "false",
        }
        assert read <= known | defined | _BASE, (line, read - known - defined - _BASE)
        if equals:
            known.add(name.strip())


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_of_the_grammar_and_reads_what_there_is(kind: str) -> None:
    for each in NETWORKS[kind]().values():
        text = export(each, "julia").text
        _parsed(text)
        _names_are_known(text)
        assert not re.search(r"(?m)^\s*(using|import|include|eval)\b", text)


@pytest.mark.parametrize(
    "text",
    ["f(x) = (x]\n", "function f(x)\n", "a = b c\n", 'a = "$(run)"\n', "a = `ls`\n", "end\n"],
)
def test_what_is_not_of_the_grammar_is_seen(text: str) -> None:
    with pytest.raises((AssertionError, IndexError)):
        _parsed(text)


def test_every_function_of_the_file_is_of_the_grammar() -> None:
    for name, helper in HELPERS.items():
        _parsed(helper.text)
        calls = set(re.findall(r"(?<![\w.])([A-Za-z_]\w*)\.?\(", helper.text.partition("\n")[2]))
        assert calls <= _BASE | set(HELPERS) | {"if", "for"}, name


def test_a_matrix_of_one_column_is_none_of_numbers_in_a_row() -> None:
    from backstep.export.julia.words import literal

    assert literal([[1.0], [2.0]]) == "reshape([1.0, 2.0], 2, 1)"
    assert literal([[1.0, -2.0]]) == "[1.0 -2.0]"
    assert literal([1.0, 2.0]) == "[1.0, 2.0]"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("julia") is None, reason="no Julia is here")
@pytest.mark.parametrize("kind", NETWORKS)
def test_a_file_checks_itself_and_gives_the_interpreters_numbers(kind: str, tmp_path: Path) -> None:
    prepared = NETWORKS[kind]()
    files = {name: export(each, "julia").text for name, each in prepared.items()}
    held(prepared, run_julia(files, tmp_path))
