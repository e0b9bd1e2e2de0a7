"""No text of a user is more than a comment or a name in a file, by the rules of its language.

A definition with a hostile remark, and the same with a harmless one, have the same code.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

from backstep.binding.bind import bind
from backstep.export.c.file import rules
from backstep.export.exporting import TARGETS, TargetName, export
from tests.export.latex_modes import faults
from tests.export.running import held, run_c, run_python
from tests.export.test_c import needs_compiler

HOSTILE = (
    '*/ system("x"); /*', "*\\", "/ x", "/*", "//", "??/", "????/", "%:include <x>", "#include <x>",
    "#!/bin/sh", '""" + x', "''' + x", '"; exit(1); "', "'); exit(1); ('", "a\\", "\\", "\\u000a",
    "-*- coding: utf-7 -*-", "vim: set fileencoding=utf-7 :", "#= x =#", "=#", "#=", "{", "}",
    "{%", "%{", "%}", "%%", "#{", "#}", "...", "!ls", "?help", "%matplotlib", "@eval x", "${x}",
    "$(x)", "$x$", "$$", "`x`", "```", "<script>", "-->", "]]>", "{{x}}", "@norm@", "@loss@",
    "\\end{document}", "\\end{frame}", "\\input{x}", "\\write18{x}", "^^5cend{document}", "^^M",
    "\\verb|", "~&_#%^", "1;", "end", "function x", "quit", "\x85import os", "\u2028import os",
    "\u2029import os", "\ufeff", "\u200bx", "\tx", "重み 𒀀 ∞ ßé", "'", '"', "\\'", "\\\"",
)  # fmt: skip
NETWORK = "param w = 0.5\nparam größe = 2  # @\nz = w*größe  # @\nL = z^2  # @\n"
CRLF = NETWORK.replace("\n", "\r\n")


def _with(remark: str) -> str:
    return f"# {remark}\n#{remark}\n" + NETWORK.replace("@", remark)


def _python(text: str) -> str:
    return ast.dump(ast.parse(text.encode()))


_TRIGRAPHS = {
    "=": "#",
    "(": "[",
    "/": "\\",
    ")": "]",
    "'": "^",
    "<": "{",
    "!": "|",
    ">": "}",
    "-": "~",
}


def _c(text: str) -> str:
    """The text after the first phases of translation: trigraphs, joined lines, comments."""
    text = re.sub(r"\?\?([=(/)'<!>-])", lambda sign: _TRIGRAPHS[sign[1]], text)
    text = text.replace("\\\n", "")
    kept = re.sub(r'("(?:\\.|[^"\\\n])*")|/\*.*?\*/|//[^\n]*', r"\1", text, flags=re.DOTALL)
    return "\n".join(line.rstrip() for line in kept.split("\n") if line.strip())


def _lines(mark: str, strings: str, blocks: tuple[str, ...]) -> Callable[[str], str]:
    """The code of a language whose comments go to the end of a line. `blocks` begin longer ones."""

    def code(text: str) -> str:
        kept = []
        for line in re.split(r"\r\n|\n|\r", text):
            assert line.strip() not in blocks
            bare = re.sub(rf"({strings})|{mark}.*", r"\1", line)
            if bare.strip():
                kept.append(bare.rstrip())
        return "\n".join(kept)

    return code


_octave = _lines("[%#]", r"'(?:''|[^'\n])*'", ("%{", "#{"))


def _julia(text: str) -> str:
    """In Julia a longer comment begins at `#=` wherever it stands, but not within a shorter one."""
    kept = re.sub(r'("(?:\\.|[^"\\\n])*")|#(?!=)[^\n]*', r"\1", text)
    assert "#=" not in re.sub(r'"(?:\\.|[^"\\\n])*"', '""', kept)
    return "\n".join(line.rstrip() for line in kept.split("\n") if line.strip())


_ESCAPES = re.compile(r"\\(?:text\w+|ensuremath|dots|[{}$&#_% ])|\\\\|\\mbox|\\texttt")


def _tex(text: str) -> str:
    """How often each command stands there that is no escape of a sign."""
    assert faults(text) == []
    body = _ESCAPES.sub("", text.partition(r"\begin{document}")[2])
    body = re.sub(r"\\infty\b", "", body)
    return str(sorted(Counter(re.findall(r"\\[A-Za-z]+|\\.", body)).items()))


def _notebook(text: str) -> str:
    cells = json.loads(text)["cells"]
    opening = "".join(cells[0]["source"]).split("\n")
    assert all(line.startswith("    ") for line in opening[4:-2])
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    # IPython's own lines begin with one of these, or end with a question mark.
    assert not re.search(r"(?m)^\s*[%!?]|\?$", "\n".join(code))
    return _python("\n".join(code)) + json.dumps(cells[2])


CODE: Mapping[TargetName, Callable[[str], str]] = {
    "numpy": _python,
    "torch": _python,
    "jax": _python,
    "sympy": _python,
    "c": _c,
    "julia": _julia,
    "octave": _octave,
    "latex": _tex,
    "beamer": _tex,
    "notebook": _notebook,
}


def test_every_target_is_read() -> None:
    assert {*CODE, "nn"} == {*TARGETS}


@pytest.mark.parametrize("target", CODE)
def test_all_hostile_remarks_together_add_no_code(target: TargetName) -> None:
    code = CODE[target]
    remarks = "\n".join(f"# {each}\n#{each}" for each in HOSTILE)
    harmless = "\n".join("# x\n#x" for _ in HOSTILE)
    found = export(bind(f"{remarks}\n{NETWORK}"), target).text
    assert code(found) == code(export(bind(f"{harmless}\n{NETWORK}"), target).text)
    # The text of the remarks is there: what is compared is not what was left out.
    assert "matplotlib" in found


@pytest.mark.parametrize(
    "target", [each for each in CODE if each not in ("latex", "beamer", "sympy")]
)
def test_a_hostile_remark_alone_adds_no_code(target: TargetName) -> None:
    """In the first lines, behind statements, and where lines end otherwise."""
    code = CODE[target]
    harmless = code(export(bind(_with("x")), target).text)
    for each in HOSTILE[:: 2 if target == "c" else 8]:
        text = _with(each)
        assert code(export(bind(text), target).text) == harmless, each
    assert code(export(bind(_with(HOSTILE[0]).replace("\n", "\r\n")), target).text) == harmless


def test_a_definition_is_its_own_text() -> None:
    text = "\n".join(f"# {each}" for each in HOSTILE) + f"\n{NETWORK}"
    assert export(bind(text), "nn").text == text


NAMES = (
    "unix", "linux", "NULL", "NAN", "INFINITY", "M_PI", "M_E", "FP_NAN", "FP_ZERO", "SEEK_SET",
    "EOF", "BUFSIZ", "stdin", "errno", "isnan", "islessgreater", "MATH_ERRNO", "main", "argv",
    "np", "numpy", "torch", "jax", "jnp", "json", "sys", "math", "print", "list", "str", "self",
    "class", "def", "lambda", "None", "True", "in", "end", "function", "pi", "eps", "ans", "args",
    "Inf", "NaN", "NA", "i", "j", "e", "I", "E", "S", "N", "Q", "O", "zoo", "nan", "oo", "Symbol",
    "Float", "Piecewise", "put", "edge", "known", "Base", "Main", "größe", "重み", "𒀀", "א", "x̂",
    "stored", "given", "found", "worst", "loss", "forward", "backward", "times", "double", "int",
)  # fmt: skip


@cache
def named() -> str:
    """A definition whose names mean something elsewhere, without those that the language has."""
    kept = []
    for name in NAMES:
        try:
            bind(f"param {name} = 0.5\nL = {name}^2")
        except Exception:
            continue
        kept.append(name)
    assert len(kept) > 60
    declared = [f"param {name} = {place % 7 / 8 + 0.1}" for place, name in enumerate(kept)]
    parts = " + ".join(f"tanh({name})*{place % 3 + 1}" for place, name in enumerate(kept))
    return "\n".join([*declared, f"total = {parts}", "dL = total*0.1", "L = dL^2 + total"])


def test_names_that_mean_something_elsewhere_are_names(tmp_path: Path) -> None:
    prepared = {"named": bind(named())}
    held(prepared, run_python({"named": export(prepared["named"], "numpy").text}, tmp_path))


@pytest.mark.slow
def test_names_that_mean_something_in_sympy(tmp_path: Path) -> None:
    taken: tuple[str, ...] = (
        "S",
        "N",
        "E",
        "I",
        "Symbol",
        "Float",
        "Integer",
        "Piecewise",
        "put",
        "known",
        "zoo",
    )
    taken += ("oo", "nan", "class", "formulas", "Q", "AccumBounds", "main", "VALUES", "edge")
    declared = "\n".join(f"param {name} = 0.{place + 11}" for place, name in enumerate(taken))
    factors = " + ".join(f"sqrt({name})*{place + 1}" for place, name in enumerate(taken))
    prepared = {"named": bind(f"{declared}\nL = ({factors})^2 + log(max(S, N))")}
    held(prepared, run_python({"named": export(prepared["named"], "sympy").text}, tmp_path))


@needs_compiler
def test_names_that_mean_something_in_c(tmp_path: Path) -> None:
    prepared = {"named": bind(named())}
    files = {"named": export(prepared["named"], "c").text}
    # With the extensions of the compiler, which bring most macros.
    held(prepared, run_c(files, tmp_path, "-std=gnu11"))


@needs_compiler
def test_every_macro_of_the_included_headers_is_reserved(tmp_path: Path) -> None:
    source = tmp_path / "headers.c"
    source.write_text("#include <math.h>\n#include <stdio.h>\n#include <string.h>\n")
    command = ["cc", "-std=gnu11", "-dM", "-E", str(source)]
    made = subprocess.run(command, capture_output=True, text=True, check=True)
    macros = set(re.findall(r"(?m)^#define ([A-Za-z]\w*)", made.stdout))
    assert macros
    assert macros <= rules().reserved


def test_a_name_beyond_sixteen_bits_is_written_in_julia() -> None:
    """Julia has no pairs of surrogates in a string."""
    text = export(bind("param 𒀀 = 1\nL = 𒀀^2"), "julia").text
    assert not re.search(r"(?<!\\)\\ud[89a-f]", text)
    assert '"\\U00012000" => ' in text


def test_names_of_characters_that_python_lacks_are_names_in_every_program(tmp_path: Path) -> None:
    """Numbers raised as on a board, marks and digits of other scripts, signs beside letters."""
    text = """\
param W^(1) = [[0.2, -0.4], [0.9, 0.3]]
param W_1 = [[0.5, 0.1], [-0.9, 0.7]]
param b⁽²⁾ = [0.1, -0.2]
param ŷ₂ = 0.3
param ﬁ = 0.4
input x = [1, 2]
h = tanh(W^(1) x + b⁽²⁾)
L = sum((W_1 @ h)^2)*ŷ₂ + ﬁ^2"""
    prepared = {"raised": bind(text)}
    for target in ("sympy", "numpy"):
        files = {"raised": export(prepared["raised"], target).text}
        held(prepared, run_python(files, tmp_path))
