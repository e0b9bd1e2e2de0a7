"""The docs: samples run and give what is shown, links lead somewhere, no page is stale.

JSON that is shown may leave fields out; `…` stands for anything; a number is given to the digits
that are written, and a measured one only as a number.
"""

from __future__ import annotations

import builtins
import doctest
import json
import re
import shlex
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.api.events import framed, unframed
from app.api.jobs import JOBS as WEB
from app.jobs.protocol import to_json
from backstep.errors import DefinitionError
from backstep.examples import EXAMPLES
from backstep.lang.diagnostics.report import format_faults
from backstep.operations import operations
from backstep.ops import FUNCTIONS
from tests.asking import CALLS, plain, run
from tests.fenced import FENCE, samples
from tools.libraries import PAGE as SECURITY
from tools.libraries import page as security_page
from tools.operations import PAGE, page
from tools.settings import PAGE as DEPLOY
from tools.settings import page as deploy_page

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "SECURITY.md", *(ROOT / "docs").rglob("*.md")])
ANYTHING = "…"
# Lengths of a drawing, and how far three derivations agree here: not the same on every machine.
MEASURED = {"x", "y", "width", "height", "path", "worst", "expected", "symbolic", "differences"}
MEASURED |= {"expected_error", "asymmetry"}


def texts(name: str) -> Iterator[tuple[str, str | None]]:
    """The definitions of a page, each with the report that is shown for it."""
    found = samples(name)
    for place, (kind, text) in enumerate(found):
        if kind in ("nn", ""):
            after = found[place + 1] if place + 1 < len(found) else ("", "")
            yield text, after[1] if after[0] == "text" else None


DEFINITIONS = [
    pytest.param(text, report, id=f"{name} {number}")
    for name in ("README.md", "docs/language.md", "docs/operations.md")
    for number, (text, report) in enumerate(texts(name), start=1)
]


@pytest.mark.parametrize(("text", "report"), DEFINITIONS)
def test_a_definition_runs_or_is_refused_as_is_shown(text: str, report: str | None) -> None:
    if report is None:
        CALLS["evaluate"]({"source": text})
        return
    with pytest.raises(DefinitionError) as refused:
        CALLS["evaluate"]({"source": text})
    assert format_faults(text, refused.value.faults) == report.rstrip("\n")


def test_the_language_shows_definitions_and_messages() -> None:
    shown = list(texts("docs/language.md"))
    assert len(shown) > 8
    assert len([report for _, report in shown if report]) >= 2


def test_the_language_names_every_function_in_its_group() -> None:
    text = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    listed = {
        name: group
        for group, cell in re.findall(r"^\| ([a-z ]+) \| (\[.*) \|$", text, re.M)
        for name in re.findall(r"\[`(\w+)`\]\(operations\.md#\1\)", cell)
    }
    assert listed == {function.name: function.group for function in FUNCTIONS.values()}


def test_the_operations_are_as_the_table_has_them() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(operations()), (
        "run: uv run python tools/operations.py"
    )


def test_the_settings_are_as_the_classes_have_them() -> None:
    text = DEPLOY.read_text(encoding="utf-8")
    assert text == deploy_page(text), "run: uv run python tools/settings.py"
    assert "| `BACKSTEP_JOB_SECONDS` | `2` | seconds |" in text


def test_the_browsers_libraries_are_as_they_are_listed() -> None:
    text = SECURITY.read_text(encoding="utf-8")
    assert text == security_page(text), "run: uv run python tools/libraries.py"
    assert "| katex |" in text


def test_tests_that_promises_name_are_there() -> None:
    named = re.findall(r"`(tests/[\w/]+(?:\.py)?)`", SECURITY.read_text(encoding="utf-8"))
    assert len(named) > 8
    assert [name for name in named if not (ROOT / name).exists()] == []


def shown_json(name: str) -> list[Any]:
    """The JSON of a page, numbers as they are written."""
    return [json.loads(text, parse_float=Decimal) for kind, text in samples(name) if kind == "json"]


def fits(shown: Any, found: Any, name: str = "") -> None:
    """Raises AssertionError where what is shown is not what was found."""
    if shown == ANYTHING:
        return
    if name in MEASURED and not isinstance(shown, dict | list):
        assert isinstance(found, str if isinstance(shown, str) else int | float), name
    elif isinstance(shown, dict):
        assert isinstance(found, dict), name
        for key, value in shown.items():
            if key != ANYTHING:
                assert key in found, f"{name}: there is no {key}"
                fits(value, found[key], key)
    elif isinstance(shown, list):
        assert isinstance(found, list), name
        assert shown == [] or len(found) >= len(shown), name
        assert shown or not found, name
        for one, other in zip(shown, found, strict=False):
            fits(one, other, name)
    elif isinstance(shown, Decimal):
        assert round(Decimal(found), -int(shown.as_tuple().exponent)) == shown, name
    else:
        assert shown == found, name


@pytest.mark.parametrize(("page", "least"), [("docs/python.md", 20), ("docs/package.md", 5)])
def test_the_librarys_samples_run(page: str, least: int) -> None:
    text = "\n".join(text for kind, text in samples(page) if kind == "python")
    found = doctest.DocTestParser().get_doctest(text, {}, page, page, 0)
    told: list[str] = []
    flags = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    doctest.DocTestRunner(optionflags=flags).run(found, out=told.append)
    assert not told, "".join(told)
    assert len(found.examples) > least


def test_the_readmes_python_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (script,) = [text for kind, text in samples("README.md") if kind == "python"]
    (tmp_path / "net.nn").write_text(NEURON, encoding="utf-8")
    exec(script.replace('"net.nn"', repr(str(tmp_path / "net.nn"))), {})
    assert capsys.readouterr().out.startswith("Not the partial with respect to w")


def test_the_page_of_an_index_needs_no_file_beside_it() -> None:
    text = (ROOT / "docs" / "package.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)\s]+)\)|(?:src|href)=\"([^\"]+)\"", text)
    assert [each for each in targets if not re.match("https?:", each[0] or each[1])] == []


def test_the_readmes_call_answers_as_is_shown() -> None:
    (call,) = [text for kind, text in samples("README.md") if kind == "sh" and "curl" in text]
    words = shlex.split(call.replace("\\\n", " "))
    assert words[2].endswith("/api/v1/evaluate")
    request = json.loads(words[words.index("-d") + 1])
    (shown,) = shown_json("README.md")
    fits(shown, CALLS["evaluate"](request))


NEURON = EXAMPLES[0].source
(LAYERS,) = (example.source for example in EXAMPLES if example.id == "two-layers")
SOFTMAX = "param z = [0.5, -0.3, 1.1]\np = softmax(z)\nL = -log(p[0])"
WIDE = (
    "input x[20] ~ normal(0, 1)\nparam W[30, 20] ~ normal(0, 1)\nparam v[30] ~ normal(0, 1)\n"
    "L = (dot(v, tanh(W @ x)) - 1)^2"
)


def trained(request: Any) -> list[Any]:
    """A training's request, and its first, its second and its last event."""
    asked = run({**request, "values": {}, "rate": float(request["rate"])})
    begun = asked.begin()
    found = asked.go_on(begun.state, seconds=60.0)
    return [request, *map(plain, (begun.start, found.steps[0], found.summary))]


def swept(request: Any) -> list[Any]:
    """A sweep's request, its first event, its first run and its last event."""
    asked = json.dumps(request, default=float).encode()
    pieces = [WEB["sweep"](framed(b"0", asked))]
    left: Any = {"first": 0, "last": 6, "run": None}
    pieces.append(WEB["sweep_on"](framed(asked, to_json(left))))
    ended = json.loads(unframed(pieces[1].body)[1])["ended"]
    pieces.append(WEB["sweep_end"](framed(asked, to_json(ended))))
    told = [unframed(piece.body)[0].decode().split("\n")[1] for piece in pieces]
    return [request, *(json.loads(each.removeprefix("data: ")) for each in told)]


def answered() -> list[Any]:
    """What docs/api.md shows, worked out in its order."""
    request, *_ = shown_json("docs/api.md")
    many = {**request, "points": {"w": [0.5, 1, 1.5]}, "names": ["w"]}
    steps = CALLS["steps"]({"source": NEURON, "zoom": "tensor"})
    drawn = CALLS["graph"](
        {"source": NEURON, "format": "json", "zoom": "block", "direction": "LR", "step": 15}
    )
    z = [node for node in drawn["nodes"] if node["name"] == "z"]
    edge = [edge for edge in drawn["edges"] if edge["source"] == z[0]["id"]]
    listed = [
        each for each in plain(WEB["operations"](b""))["operations"] if each["id"] == "sigmoid"
    ]
    return [
        request,
        CALLS["evaluate"](request),
        many,
        CALLS["evaluate"](many),
        CALLS["derive"]({**request, "form": "scalar"}),
        CALLS["derive"]({"source": WIDE, "form": "scalar"}),
        CALLS["derive"]({"source": LAYERS, "form": "matrix"}),
        CALLS["derive"]({"source": LAYERS, "form": "shared"}),
        steps,
        steps["steps"][6],
        steps["steps"][21],
        {**drawn, "nodes": z, "edges": edge},
        CALLS["analyze_part"]({**request, "part": "check"}),
        CALLS["compare"]({"source": NEURON, "of": "w", "answer": "(u - y)*u*(1 - u) + 2*lambda*w"}),
        CALLS["compare"](
            {"source": NEURON, "answers": "du = u − y\ndz = du u(1 − u)\ndw = dz w + 2λw"}
        ),
        CALLS["check"](request),
        CALLS["derivation"]({"source": NEURON, "of": "w"}),
        CALLS["paths"]({"source": NEURON, "of": "w"}),
        CALLS["cost"]({"source": NEURON}),
        CALLS["hessian"](request),
        CALLS["jacobian"]({"source": SOFTMAX, "of": "p", "wrt": "z"}),
        *trained(shown_json("docs/api.md")[-11]),
        *swept(shown_json("docs/api.md")[-7]),
        shown_json("docs/api.md")[-3],
        CALLS["import"](shown_json("docs/api.md")[-3]),
        {"operations": listed},
    ]


def test_the_api_answers_as_is_shown() -> None:
    shown, found = shown_json("docs/api.md"), answered()
    assert len(shown) == len(found)
    for one, other in zip(shown, found, strict=True):
        fits(one, other)


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        ({"a": 1}, {}),
        ([], [1]),
        ([1, 2], [1]),
        ({"a": Decimal("0.7")}, {"a": 0.76}),
        ("x", "y"),
        ({"a": {"b": None}}, {"a": {"b": 1}}),
        ({"width": Decimal(1)}, {"width": "wide"}),
    ],
)
def test_what_is_not_as_shown_is_seen(shown: Any, found: Any) -> None:
    with pytest.raises(AssertionError):
        fits(shown, found)


def anchors(path: Path) -> set[str]:
    """The headings of a page as links name them."""
    titles = re.findall(r"^#+ (.*)$", FENCE.sub("", path.read_text(encoding="utf-8")), re.M)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"https?:|mailto:", target):
            continue
        name, _, anchor = target.partition("#")
        there = (path.parent / name).resolve() if name else path
        assert there.exists(), target
        if anchor and there.suffix == ".md":
            assert anchor in anchors(there), target


DECISIONS = ROOT / "docs" / "decisions"


def test_decisions_are_numbered_without_holes_and_have_one_form() -> None:
    pages = sorted(path for path in DECISIONS.iterdir() if path.name != "README.md")
    for number, path in enumerate(pages, start=1):
        assert re.fullmatch(rf"{number:04}-[a-z-]+\.md", path.name), path.name
        text = path.read_text(encoding="utf-8")
        assert re.match(rf"# {number}\. .+\n\nVersion \d+\.\d+\.\d+\n\n## ", text), path.name
        parts = re.split(r"^#+ (.*)\n", text, flags=re.M)[3:]
        assert parts[::2] == ["Decided", "Evidence", "Not taken"], path.name
        assert all(part.strip() for part in parts[1::2]), path.name


def test_the_index_of_decisions_names_every_page_as_it_is() -> None:
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")
    told = []
    for path in sorted(DECISIONS.glob("0*.md")):
        title, _, version = path.read_text(encoding="utf-8").split("\n")[:3]
        name = title.removeprefix("# ").partition(". ")[2]
        told.append((path.name[:4], path.name, name, version.removeprefix("Version ")))
    rows = re.findall(r"^\| \[(\d+)\]\((.*?)\) \| (.*?) \| (.*?) \|$", index, re.M)
    assert rows == told


def raised_names(source: str) -> set[str]:
    """What a module says is raised: the names behind "Raises"."""
    return {
        name
        for said in re.findall(
            r"\bRaises ((?:[A-Z]\w+(?:, and |, or | and | or |, ))*[A-Z]\w+)", source
        )
        for name in re.findall(r"[A-Z]\w+", said)
    }


def classes_and_imports(source: str) -> set[str]:
    """The names that a module defines as classes or imports from others."""
    imported = re.findall(r"^\s*from [\w.]+ import (?:\(([^)]*)\)|(.*))$", source, re.M)
    return {
        *re.findall(r"^\s*class (\w+)", source, re.M),
        *(name for pair in imported for name in re.findall(r"\w+", "".join(pair))),
    }


def test_what_docstrings_say_is_raised_exists() -> None:
    """A class that was renamed keeps its old name in prose, where no tool looks."""
    sources = [
        path.read_text(encoding="utf-8")
        for package in ("app", "backstep")
        for path in (ROOT / package).rglob("*.py")
        if not path.is_relative_to(ROOT / "backstep" / "app")
    ]
    said = set[str]().union(*map(raised_names, sources))
    known = set[str]().union(*map(classes_and_imports, sources))
    assert {"StatementError", "LimitError"} <= said
    assert sorted(said - known - set(dir(builtins))) == []
