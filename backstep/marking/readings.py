"""Readings of an answer: as typed, or as a formula that was printed.

A board's characters that are ambiguous (a raised dot between tensors) have the meaning of a printed
formula if they would be refused otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from backstep.binding.bind import BoundModel
from backstep.errors import AnswerError
from backstep.evaluate.sampling import class_counts
from backstep.lang.compile.answer import admit_length, read_answer
from backstep.lang.diagnostics.dialects import LONGEST, from_board, from_sympy
from backstep.lang.syntax.display import text_name
from backstep.lang.syntax.names import versioned
from backstep.marking.printed_names import printed_names
from backstep.marking.trial import Bound, Submission
from backstep.marking.typed_partials import in_words
from backstep.symbolic.targets import Target


def readings(
    prepared: BoundModel, target: Target, text: str, values: Mapping[str, float], bound: Bound
) -> list[Submission]:
    """The claims that an answer may make: more than one if a printed name has two meanings.

    What cannot be read as typed is read as SymPy or a board writes. Raises AnswerError, for the
    text as it was typed, if nothing can be read, or the bound is reached before; LimitError if it
    is longer than a text may be.
    """
    admit_length(text)
    refused: AnswerError | None = None
    worded, partials = in_words(prepared, target, text)
    for written in _written(prepared, worded):
        found: list[Submission] = []
        for further in printed_names(prepared, target, written, bound):
            try:
                answer = read_answer(
                    prepared.definition, written, values, {**further, **partials}, LONGEST
                )
            except AnswerError as error:
                refused = refused or error
            else:
                found.append(Submission(prepared, answer, target))
        if found:
            return found
    assert refused is not None
    if worded != text:
        # Its spans and fixes are those of another text.
        raise AnswerError(*(replace(each, span=None, fixes=()) for each in refused.faults))
    raise refused


def _written(prepared: BoundModel, text: str) -> Iterator[str]:
    """The text unchanged, then translated from SymPy's and a board's notation."""
    yield text
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
