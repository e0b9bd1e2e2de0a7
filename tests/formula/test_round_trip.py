"""Every printed formula, read again, is the same: of all examples, and of trees drawn at random."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given, settings

from backstep.errors import AnswerError
from backstep.formula import language, latex_reader
from backstep.formula.latex import latex
from backstep.formula.read_back import as_latex, as_text
from backstep.formula.text import text
from backstep.formula.tree import Formula, untyped
from tests.formula.corpus import Case, corpus
from tests.formula.trees import NAMES, formulas


def _same_text(printed: str, names: Mapping[str, Any], wanted: Formula) -> bool:
    return untyped(as_text(language.read(printed, names))) is untyped(as_text(wanted))


def _same_latex(printed: str, names: Mapping[str, Any], wanted: Formula) -> bool:
    read = latex_reader.read(printed, names, wanted.shape)
    return untyped(as_latex(read)) is untyped(as_latex(wanted))


def test_the_corpus_is_large() -> None:
    assert len(corpus()) > 280
    assert len({case.title for case in corpus()}) > 20


def test_every_example_reads_back_from_text() -> None:
    wrong = [case.text for case in corpus() if not _same_text(case.text, case.names, case.formula)]
    assert wrong == []


def test_every_example_reads_back_from_latex() -> None:
    wrong = [case.latex for case in corpus() if not _latex_reads(case)]
    assert wrong == []


def _latex_reads(case: Case) -> bool:
    read = latex_reader.read(case.latex, case.names, case.shape)
    return untyped(as_latex(read)) is untyped(as_latex(case.formula))


def test_what_is_printed_is_what_the_printers_print() -> None:
    for case in corpus():
        assert text(case.formula) == case.text
    plain = [case for case in corpus() if not {"e", "I"} & case.names.keys()]
    assert all(latex(case.formula) == case.latex for case in plain)


@given(formulas())
@settings(max_examples=120, deadline=None)
def test_a_drawn_tree_reads_back_from_text(formula: Formula) -> None:
    assert _same_text(text(formula), NAMES, formula), text(formula)


@given(formulas())
@settings(max_examples=120, deadline=None)
def test_a_drawn_tree_reads_back_from_latex(formula: Formula) -> None:
    assert _same_latex(latex(formula), NAMES, formula), (latex(formula), text(formula))


def _pairs(printed: str, target: str) -> Iterator[tuple[str, str, str]]:
    """What stands before, inside and behind each pair of brackets that is no call's."""
    opening, closing = ("(", ")") if target == "text" else (r"\left(", r"\right)")
    either = re.compile(f"{re.escape(opening)}|{re.escape(closing)}")
    for start in re.finditer(re.escape(opening), printed):
        before = printed[: start.start()]
        if target == "text" and before[-1:].isalnum():
            continue
        depth, place = 1, start.end()
        while depth:
            step = either.search(printed, place)
            assert step is not None
            depth += 1 if step[0] == opening else -1
            place = step.end()
        yield before, printed[start.end() : place - len(closing)], printed[place:]


def _top_level(inside: str) -> str:
    """What stands in no brackets of its own."""
    while True:
        shorter = re.sub(r"\\left\([^()]*\\right\)|\([^()]*\)|\{[^{}]*\}", "()", inside)
        if shorter == inside:
            return inside
        inside = shorter.replace("()", "")


_GROUP = r"\{(?:[^{}]|\{[^{}]*\})*\}"
_HEAD = re.compile(
    rf"\\(?:operatorname{_GROUP}|log|sin|cos|tanh|sigma|max|min|Phi)(?:_{_GROUP})?(?:\^{_GROUP})?$"
)


def _for_the_eye(before: str, inside: str, after: str) -> bool:
    """Whether a pair stands for the eye: about a product before another kind of product, a sign
    behind an operator, what is raised at something raised, a function's argument."""
    top = _top_level(inside)
    if inside.lstrip().startswith(r"\sum") and re.search(r"[+-]\s*$", before):
        return True
    if _HEAD.search(before) or re.search(r"\\sum(?:_\{.*\})?\s*$", before):
        return True
    if r"\odot" in top and not re.search(r" [+-] |^-", top):
        # A product element by element, in a product of another kind or behind a sign.
        return bool(re.search(r"(?:\\,|-)\s*$", before))
    sums = re.search(r" [+-] |\\odot|^-", top)
    product = not sums and re.search(r"[@*/]|\\,|\\cdot", top)
    beside = re.match(r"\s*([*@/]|\\odot)", after) or before.rstrip().endswith(r"\odot")
    return bool(product and beside) or bool(not sums and re.match(r"\^", after))


@pytest.mark.parametrize("target", ["text", "latex"])
def test_leaving_out_a_printed_pair_of_brackets_changes_what_is_read(target: str) -> None:
    needless: list[str] = []
    count = 0
    for case in corpus()[::6]:
        printed = case.text if target == "text" else case.latex
        said = as_text if target == "text" else as_latex
        wanted = untyped(said(case.formula))
        for before, inside, after in list(_pairs(printed, target))[:12]:
            if _for_the_eye(before, inside, after):
                continue
            count += 1
            shorter = f"{before} {inside} {after}"
            try:
                if target == "text":
                    found = language.read(shorter, case.names)
                else:
                    found = latex_reader.read(shorter, case.names, case.shape)
            except AnswerError:
                continue
            if untyped(said(found)) is wanted:
                needless.append(shorter)
    assert count > 20
    assert needless == []
