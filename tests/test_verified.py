"""`run.py verify`: a sample of its texts agrees, a planted fault is found, the page says both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from backstep.lang.compile.compiler import compile_text
from backstep.ops import TABLE
from tests.verified.__main__ import main, verify
from tests.verified.columns import COLUMNS, NO_TORCH, Outcome, run
from tests.verified.report import SAID, disagreements, document, summary
from tests.verified.texts import SMALL, TWINS, UNWRITTEN, Text, texts

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""A bound may be raised where it is swallowed, as in the collector's callbacks: it comes again."""

SAMPLE = {
    ("examples", "two-layers"),
    ("operations", "softmax"),
    ("rows of the table", "divide-2-shared"),
    ("published", "mazur-2-2-2"),
    ("rewrites", "gradient: parts side by side"),
    ("layers and losses", "layer_norm on rows"),
    ("networks of layers", "seed 0"),
    ("networks of rows", "seed 9"),
}
PLANTED = "param x = [0.3, -0.4]\ny = tanh(x)\nL = sum(y*[1, 2])\n"


@pytest.fixture(scope="module")
def every() -> list[Text]:
    return texts()


@pytest.mark.slow
def test_there_are_more_than_a_thousand_and_no_two_are_one(every: list[Text]) -> None:
    assert len({(text.group, text.name) for text in every}) == len(every) > 1000
    assert sum(text.group.startswith("networks") for text in every) == TWINS + SMALL == 500
    rows = [text for text in every if text.group == "rows of the table"]
    reached = {text.name.split("-")[0] for text in rows}
    assert reached == TABLE.keys() - UNWRITTEN.keys()
    for text in rows:
        made = {node.op for node in compile_text(text.source).graph.nodes}
        assert text.name.split("-")[0] in made, text.source
    assert texts() == every


@pytest.fixture(scope="module")
def found(every: list[Text]) -> list[tuple[Text, Mapping[str, Outcome]]]:
    return verify([text for text in every if (text.group, text.name) in SAMPLE], processes=1)


@pytest.mark.slow
def test_a_sample_agrees(found: list[tuple[Text, Mapping[str, Outcome]]]) -> None:
    assert {(text.group, text.name) for text, _ in found} == SAMPLE
    assert disagreements(found) == []
    for column in COLUMNS:
        tried = [outcomes[column].state == "agrees" for _, outcomes in found]
        left = {outcomes[column].why for _, outcomes in found}
        assert sum(tried) >= len(SAMPLE) - 2 or column == "PyTorch"
        assert any(tried) or NO_TORCH in left


@pytest.mark.slow
def test_the_page_says_so(found: list[tuple[Text, Mapping[str, Outcome]]]) -> None:
    page = document(found)
    assert SAID.keys() == COLUMNS.keys()
    assert "| differences | five-point differences" in page
    assert f"| {len(SAMPLE)} of {len(SAMPLE)} |" in page
    assert "Nothing." in page.partition("## What disagrees")[2][:20]


@pytest.fixture
def wrong_slope() -> Iterator[None]:
    """A wrong rule in the place of that of tanh."""
    row, right = TABLE["tanh"], TABLE["tanh"].vjp
    object.__setattr__(row, "vjp", lambda g, out, x: (g * (1 - out),))
    yield
    object.__setattr__(row, "vjp", right)


@pytest.mark.usefixtures("wrong_slope")
def test_a_planted_fault_is_found_and_named() -> None:
    text = Text("planted", "a slope of tanh", PLANTED, torch="y = torch.tanh(x)\n")
    outcomes = run(text)
    states = {name: outcome.state for name, outcome in outcomes.items()}
    assert (states["closed formula"], states["differences"]) == ("disagrees", "disagrees")
    wrongs = disagreements([(text, outcomes)])
    assert wrongs[0].startswith("planted, a slope of tanh: closed formula: x")
    assert wrongs[0] in document([(text, outcomes)])


def test_what_breaks_or_is_refused_is_no_agreement(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = run(Text("planted", "no definition", "L = nothing"))
    assert {outcome.state for name, outcome in broken.items() if name != "PyTorch"} == {"disagrees"}
    monkeypatch.setattr("tests.verified.columns.SECONDS", 1e-4)
    late = run(Text("planted", "late", "param x[40, 40] ~ normal(0, 1)\nL = sum(exp(x @ x))"))
    assert "not tried" in {outcome.state for outcome in late.values()}


def test_it_exits_by_what_it_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    right = Text("planted", "right", "param x = 2\nL = x^2")
    wrong = Text("planted", "wrong", "L = nothing")
    asked = ["--processes", "1", "--only", "planted"]
    other = Text("others", "left out", "L = nothing")
    monkeypatch.setattr("tests.verified.__main__.texts", lambda: [right, other])
    assert main(asked) == 0
    assert "differences: 1 of 1 texts, 1 numbers" in capsys.readouterr().out
    monkeypatch.setattr("tests.verified.__main__.texts", lambda: [right, wrong, other])
    assert main(asked) == 1
    assert "DISAGREES: planted, wrong: differences: refused" in capsys.readouterr().out
    assert main(["--only", "none of these"]) == 2


def test_a_summary_has_a_line_for_each_column() -> None:
    text = Text("planted", "x", "param x = 1\nL = x")
    lines = summary([(text, {name: Outcome("agrees", elements=2) for name in COLUMNS})])
    assert len(lines) == len(COLUMNS)
    assert lines[0].endswith("1 of 1 texts, 2 numbers; 0 not tried")
