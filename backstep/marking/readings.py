"""Readings of an answer: as typed, or as a formula that was printed.

A board's characters that are ambiguous (a raised dot between tensors) have the meaning of a printed
formula if they would be refused otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from backstep.binding.bind import BoundModel
from backstep.binding.merged_nodes import on_paper_of
from backstep.errors import AnswerError, BackstepError
from backstep.evaluate.sampling import class_counts
from backstep.formula.board import Paper
from backstep.formula.latex_reader import reader as latex_reader
from backstep.formula.text import NotInLanguage
from backstep.formula.text import text as plain_text
from backstep.formula.tree import Deriv, Formula, Sym, mapped
from backstep.graph.node import Node
from backstep.lang.compile.answer import admit_length, read_answer
from backstep.lang.diagnostics.dialects import LONGEST, from_board, from_sympy, with_names
from backstep.lang.diagnostics.fixes.latex import from_latex
from backstep.lang.syntax.display import text_name
from backstep.lang.syntax.names import versioned
from backstep.marking.index_notation import elements
from backstep.marking.indicators import with_indicators_as_choices
from backstep.marking.on_paper import Reworded, reworded
from backstep.marking.printed_names import printed_names
from backstep.marking.trial import Bound, Submission
from backstep.marking.typed_partials import Direct, Worded, derivative, in_words
from backstep.symbolic.targets import Target, target_for

_DERIVED = re.compile(r"\s*∂\s*/\s*∂\s?(?P<by>[^\s/()]+) ?\((?P<formula>.*)\)\s*", re.DOTALL)
_SCRIPTS = re.compile(r"[_^]\s*\{")
_BRACED = r"\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}"
_QUOTIENT = re.compile(rf"\\frac{_BRACED}{_BRACED}")
_MOST_PLACES = 64
_LONGEST_LATEX = 4_000
"""Characters of an answer that is read as LaTeX."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The values that earlier lines defined: by name, and by the id of the partial that each is."""

    names: Mapping[str, Node] = field(default_factory=dict)
    partials: Mapping[int, Node] = field(default_factory=dict)

    def among(self, further: Mapping[str, Node]) -> dict[str, Node]:
        """Names besides the definition's, with the lines' values for partials that they gave."""
        found = {name: self.partials.get(node.id, node) for name, node in further.items()}
        return {**found, **self.names}


def readings(
    prepared: BoundModel,
    target: Target,
    text: str,
    values: Mapping[str, float],
    bound: Bound,
    given: Earlier | None = None,
    labels: Sequence[str] = (),
) -> list[Submission]:
    """The claims that an answer may make: more than one if a printed name has two meanings.

    What cannot be read as typed is read as SymPy or a board writes. Raises AnswerError, for the
    text as it was typed, if nothing can be read, or the bound is reached before; LimitError if it
    is longer than a text may be. `given` is what earlier lines gave; `labels` are the indices
    that the left side of its line has.
    """
    admit_length(text)
    text = with_indicators_as_choices(text, prepared.definition.names)
    refused: AnswerError | None = None
    either: AnswerError | None = None
    for typed in _translated(prepared, target, text):
        try:
            return _claims(prepared, target, typed, values, bound, given or Earlier())
        except AnswerError as error:
            asked = _has(error, "implicit_product", "ambiguous_product")
            either = either or (error if asked else None)
            refused = error
    assert refused is not None
    found = elements(prepared, target, text, labels) if len(text) <= _LONGEST_LATEX else None
    if found is None and either is not None:
        said, typed_so = either.faults[0], refused.faults[0]
        hint = typed_so.hint if typed_so.fixes else said.hint
        raise AnswerError(replace(typed_so, message=said.message, code=said.code, hint=hint))
    if found is None:
        raise refused
    whole = Reworded(found.text, found.further, {})
    return _worded(prepared, target, whole, values, bound, given or Earlier())


def _claims(
    prepared: BoundModel,
    target: Target,
    text: str,
    values: Mapping[str, float],
    bound: Bound,
    given: Earlier,
) -> list[Submission]:
    if (derived := _DERIVED.fullmatch(text)) is not None:
        inner = _claims(prepared, target, derived["formula"], values, bound, given)
        by = _typed(prepared, derived["by"])
        return [replace(each, answer=derivative(each.answer, by)) for each in inner]
    try:
        return _worded(prepared, target, Reworded(text, {}, {}), values, bound, given)
    except AnswerError as error:
        refused = error
    paper = on_paper_of(prepared)
    found: list[Submission] = []
    for model in (prepared,) if paper is prepared else (prepared, paper):
        asked = target_for(model.definition, target.name, "/of")
        earlier = given if model is prepared else Earlier()
        for other in reworded(model, asked, text):
            with suppress(AnswerError):
                found += _worded(model, asked, other, values, bound, earlier)
    if found:
        return found
    raise refused


def _worded(
    prepared: BoundModel,
    target: Target,
    typed: Reworded,
    values: Mapping[str, float],
    bound: Bound,
    given: Earlier,
) -> list[Submission]:
    worded = in_words(prepared, target, typed.text, Direct.NONE, typed.below)
    claims = _read(prepared, target, typed, worded, values, bound, given)
    if "/" in typed.text and len(worded.further) > 1:
        for direct in (Direct.LOCAL, Direct.ALL):
            with suppress(AnswerError):
                other = in_words(prepared, target, typed.text, direct, typed.below)
                if other != worded:
                    claims += _read(prepared, target, typed, other, values, bound, given)
    return claims


def _read(
    prepared: BoundModel,
    target: Target,
    typed: Reworded,
    worded: Worded,
    values: Mapping[str, float],
    bound: Bound,
    given: Earlier,
) -> list[Submission]:
    refused: AnswerError | None = None
    for written in _written(prepared, worded.text):
        found: list[Submission] = []
        for further in printed_names(prepared, target, written, bound):
            try:
                meant = given.among({**further, **typed.further, **worded.further})
                answer = read_answer(prepared.definition, written, values, meant, LONGEST)
            except AnswerError as error:
                if refused is None:
                    refused = error
                elif _has(refused, "unknown_name") and not _has(error, "unknown_name"):
                    # Names such as e_y are known there; the places are those of another text.
                    refused = AnswerError(
                        *(replace(each, span=None, fixes=()) for each in error.faults)
                    )
                if _has(error, "implicit_product"):
                    # What two vectors side by side mean is asked, and no notation decides it.
                    raise refused from None
            else:
                found.append(Submission(prepared, answer, target))
        if found:
            return found
    assert refused is not None
    if worded.text != typed.text:
        # Its spans and fixes are those of another text.
        raise AnswerError(*(replace(each, span=None, fixes=()) for each in refused.faults))
    raise refused


def _has(error: AnswerError, *codes: str) -> bool:
    return any(each.code in codes for each in error.faults)


def _translated(prepared: BoundModel, target: Target, text: str) -> Iterator[str]:
    """The text of LaTeX in the language, by its grammar or else by its commands; then as typed."""
    set_in_latex = "\\" in text or _SCRIPTS.search(text) is not None
    if set_in_latex and len(text) <= _LONGEST_LATEX:
        symbols = [*prepared.symbols.formulas.values(), *_partials(prepared)]
        symbols += _hot(prepared, target)
        shape = target.node.shape if target.whole else ()
        for shape_ in (shape, None):
            with suppress(BackstepError, NotInLanguage):
                formula = mapped(latex_reader.read(text, symbols, shape_), _partial)
                yield plain_text(formula)
        with suppress(BackstepError, NotInLanguage):
            yield _quotients(text, symbols)
        yield from_latex(text)
    yield text


def _quotients(text: str, symbols: Sequence[Sym]) -> str:
    r"""\frac{\partial L}{\partial z} \cdot \frac{\partial z}{\partial w} as ∂L/∂z·∂z/∂w."""

    def plain(match: re.Match[str]) -> str:
        found = _partial(latex_reader.read(match[0], symbols))
        return found.name if isinstance(found, Sym) else match[0]

    return _QUOTIENT.sub(plain, text.replace(r"\cdot", "·"))


def _hot(prepared: BoundModel, target: Target) -> Iterator[Sym]:
    """The names e_y and e_0 of vectors with a 1 at one place."""
    known = {symbol.name for symbol in prepared.symbols.formulas.values()}
    counts = {f"e_{label}": count for label, count in class_counts(prepared.definition).items()}
    if target.node.shape:
        last = target.node.shape[-1]
        counts |= {f"e_{place}": last for place in range(min(last, _MOST_PLACES))}
    for name, count in counts.items():
        if name not in known:
            yield Sym(name, "constant", size=(count,))


def _partials(prepared: BoundModel) -> Iterator[Sym]:
    r"""The names \delta_z of the loss's partials."""
    for name, given in prepared.definition.names.items():
        known = f"delta_{name}"
        if known not in prepared.definition.names:
            node = given[-1].node
            yield Sym(known, size=node.shape, of=prepared.symbols.formulas.get(node.id))


def _partial(part: Formula) -> Formula:
    """∂L/∂z as the name that it has in an answer, ∂/∂z (…) as it is written there."""
    if not isinstance(part, Deriv):
        return part
    below = Paper().write(Deriv(None, part.bottom)).partition("/∂")[2]
    if isinstance(part.bottom, Sym) and part.bottom.version is None:
        below = part.bottom.name
    if part.top is None and part.at is not None:
        return Sym(f"∂/∂{below} ({plain_text(part.at)})", size=part.at.shape)
    if not isinstance(part.top, Sym):
        return part
    top = part.top.name if part.top.version is None else Paper().write(part.top)
    return Sym(f"∂{top}/∂{below}", size=part.bottom.shape)


def _typed(prepared: BoundModel, name: str) -> str:
    return _shown(prepared).get(name, name)


def _written(prepared: BoundModel, text: str) -> Iterator[str]:
    """The text unchanged, then translated from SymPy's and a board's notation."""
    yield text
    named = with_names(text, _shown(prepared))
    if named != text:
        yield named
    from_python = from_sympy(text)
    if from_python is not None and from_python != text:
        yield from_python
    board = from_board(text, _shown(prepared))
    if board != text:
        yield board


def _shown(prepared: BoundModel) -> dict[str, str]:
    """By the displayed form of names, their form in the language: z₁, h⁽²⁾, e_y, p_y."""
    definition = prepared.definition
    found: dict[str, str] = {}
    for name, given in definition.names.items():
        for each in given:
            version = each.index if len(given) > 1 else None
            typed = name if each is given[-1] else versioned(name, each.index)
            found[text_name(name, version)] = typed
    for label, count in class_counts(definition).items():
        for name, given in definition.names.items():
            if given[-1].node.shape[-1:] == (count,):
                found[f"{text_name(name)}_{text_name(label)}"] = f"pick({name}, {label})"
        found[f"e_{text_name(label)}"] = f"one_hot({label}, {count})"
    return found
