"""Documents: LaTeX, slides, notebooks, SymPy, a definition's own text. What they hold is right."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backstep.binding.bind import bind
from backstep.errors import FormulaTooLarge, LimitError, RequestError
from backstep.export import tex
from backstep.export.exporting import TARGETS, TargetName, export
from backstep.limits import LIMITS
from tests.export import edges, networks
from tests.export.running import held, run_python

PAPERS: tuple[TargetName, ...] = ("latex", "beamer")
SMALL = ("toy-neuron", "two-layers", "softmax-layer", "circuit-max")
ROOT = Path(__file__).resolve().parents[2]


def test_the_guide_names_every_target_and_its_file() -> None:
    rows = re.findall(r"(?m)^\| (`\w+`.*?) \| `(net\.\w+)` \|", (ROOT / "docs/api.md").read_text())
    told = [(name, file) for names, file in rows for name in re.findall(r"`(\w+)`", names)]
    assert told == [(name, each.name) for name, each in TARGETS.items()]


def test_a_definition_is_its_own_text_where_no_value_is_replaced() -> None:
    for each in networks.examples().values():
        source = each.definition.source
        assert export(each, "nn").text == source.rstrip("\n") + "\n"


TEXT = """\
input  x = [1,
            2]  # two of them
param  λ = 0.5
param W[2, 2] ~ xavier
for t in range(2):
    x = W @ x
h = dense(x, 2)
L = λ*sum(x) + sum(h)
"""


def test_replaced_values_stand_in_the_text() -> None:
    text = TEXT.replace("    x = W @ x", "    z = W @ x").replace("sum(x)", "sum(z)")
    values: dict[str, Any] = {"x": [0.1, -1e-30], "lambda": 1 / 3, "W": [[1.0, 2.0], [3.0, 1e300]]}
    made = export(bind(text, values), "nn").text
    again = bind(made)
    for name, value in values.items():
        assert np.array_equal(again.leaves[name], value), name
    assert "param lambda = 0.3333333333333333\n" in made
    assert made.count("\n") == text.count("\n") - 1


@pytest.mark.parametrize(
    "values", [{"x": ["Infinity", 1.0]}, {"h.W": [[1.0, 2.0], [3.0, 4.0]]}, {"lambda": "NaN"}]
)
def test_a_value_without_words_is_refused(values: dict[str, Any]) -> None:
    text = TEXT.replace("    x = W @ x", "    z = W @ x").replace("sum(x)", "sum(z)")
    with pytest.raises(RequestError):
        export(bind(text, values), "nn")


def test_a_text_that_would_be_too_long_is_refused() -> None:
    text = "input x[2000] ~ zeros\nparam w = 1\nL = w*sum(x)"
    prepared = bind(text, {"x": np.linspace(0, 1, 2000).tolist()})
    with pytest.raises(LimitError):
        export(prepared, "nn")


def test_a_notebook_is_one_and_its_program_runs(tmp_path: Path) -> None:
    files = {}
    found = {**networks.hostile(), **{name: networks.examples()[name] for name in SMALL}}
    for name, each in found.items():
        book = json.loads(export(each, "notebook").text)
        assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
        assert set(book) == {"cells", "metadata", "nbformat", "nbformat_minor"}
        identifiers = [cell["id"] for cell in book["cells"]]
        assert len(set(identifiers)) == len(identifiers)
        for cell in book["cells"]:
            assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", cell["id"])
            wanted = {"id", "cell_type", "metadata", "source"}
            if cell["cell_type"] == "code":
                assert set(cell) == wanted | {"execution_count", "outputs"}
            else:
                assert cell["cell_type"] == "markdown"
                assert wanted <= set(cell) <= wanted | {"attachments"}
            assert all(isinstance(line, str) for line in cell["source"])
        code = ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]
        assert code[-1] == "main([])"
        # No line is one of IPython's own.
        assert not re.search(r"(?m)^\s*[%!?]|\?$", "\n".join(code))
        files[name] = "\n".join([*code[:-1], "sys.exit(main(sys.argv[1:]))"])
    held(found, run_python(files, tmp_path))


def test_a_sympy_program_checks_itself(tmp_path: Path) -> None:
    examples = networks.examples()
    found = {name: examples[name] for name in ("toy-neuron", "circuit-max", "two-layers")}
    found |= networks.hostile()
    at_edges = {name: bind(edges.TEXTS[name]) for name in ("0 log 0", "a product of nothing")}
    found |= at_edges
    files = {name: export(each, "sympy").text for name, each in found.items()}
    for name in at_edges:
        assert "UNJUDGED = []" in files[name]
    held(found, run_python(files, tmp_path), 1e-10)
    text = files["toy-neuron"]
    assert "    lambda_ = Symbol('lambda_')" in text
    broken = {"a": text.replace("'b': -0.0735", "'b': -0.0736")}
    assert run_python(broken, tmp_path)["a"].code == 1


@pytest.mark.slow
def test_every_example_with_a_closed_form_is_a_sympy_program(tmp_path: Path) -> None:
    files, found = {}, networks.examples()
    for name, each in found.items():
        try:
            files[name] = export(each, "sympy").text
        except FormulaTooLarge:
            continue
    assert len(files) > len(found) // 2
    ran = run_python(files, tmp_path)
    assert {name: each.code for name, each in ran.items()} == dict.fromkeys(files, 0)


def test_whole_numbers_are_divided_exactly() -> None:
    text = export(bind("param x = 2\nL = x^2/3 + 2/3"), "sympy").text
    assert "Integer(2)/3" in text


def _grouped(document: str) -> None:
    """Braces, dollars and environments are closed in the order in which they are opened."""
    bare = re.sub(r"\\[\\{}$&#_%]", "", document)
    depth = 0
    for character in bare:
        depth += (character == "{") - (character == "}")
        assert depth >= 0
    assert depth == 0
    assert bare.count("$") % 2 == 0
    opened: list[str] = []
    for kind, name in re.findall(r"\\(begin|end)\{([^}]*)\}", document):
        if kind == "begin":
            opened.append(name)
        else:
            assert opened.pop() == name
    assert not opened


@pytest.mark.parametrize("target", ["latex", pytest.param("beamer", marks=pytest.mark.slow)])
def test_a_paper_is_grouped_and_ascii_but_for_accents(target: TargetName) -> None:
    names = SMALL[:1] if target == "beamer" else SMALL
    found = {**networks.hostile(), **{name: networks.examples()[name] for name in names}}
    for each in found.values():
        text = export(each, target).text
        _grouped(text)
        for character in text:
            plain = unicodedata.normalize("NFD", character)[0]
            assert plain.isascii() or character in "ßøØæÆœŒłŁ", character
        assert r"\input" not in text
        assert text.count(r"\end{document}") == 1
        assert r"\usepackage" not in text.partition(r"\begin{document}")[2]


def test_a_sign_of_tex_is_text() -> None:
    for character in map(chr, range(0x20, 0x7F)):
        written = tex.text(character)
        if not character.isalnum() and character not in " ()*+./:;=@[]":
            assert written != character
        _grouped(written)
    assert tex.text("\\end{document}%") == r"\textbackslash{}end\{document\}\%"
    assert tex.text("a\u2028b") == r"a\textbackslash{}u2028b"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex is here")
@pytest.mark.parametrize("target", PAPERS)
def test_pdflatex_alone_makes_a_page_of_it(target: TargetName, tmp_path: Path) -> None:
    names = ("toy-neuron", "two-layers") if target == "beamer" else SMALL
    found = {name: networks.examples()[name] for name in names}
    if target == "latex":
        found |= networks.hostile()
    for each in found.values():
        (tmp_path / "net.tex").write_text(export(each, target).text, encoding="utf-8")
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "net.tex"]
        made = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=300)
        assert made.returncode == 0, made.stdout[-2000:]


def test_slides_past_their_number_are_refused() -> None:
    count = LIMITS.exported_slides
    text = "param w = 1\n" + "\n".join(f"z{k} = w*{k}" for k in range(1, count // 2 + 2))
    text += "\nL = " + " + ".join(f"z{k}" for k in range(1, count // 2 + 2))
    with pytest.raises(LimitError):
        export(bind(text), "beamer")
