"""Which changes of a text are offered for its diagnostics: each is applied, and the text read
again.

A fix is offered if the statement has no error any more, no new one arises, and every name that the
statement mentions is still there. From a change that leads to another error of the same statement
the search continues a few times. All of it is bounded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from backstep.errors import Diagnostic, Edit, Fix, LimitError, Span
from backstep.graph.shape import Shape
from backstep.lang.diagnostics.fixes import (
    advice,
    array_languages,
    bare_functions,
    board,
    branches,
    conditions,
    einsum,
    foreign_words,
    formulas_in_words,
    functions,
    habits,
    ignored_lines,
    libraries,
    loops,
    mistakes,
    modules,
    openings,
    products,
    r_language,
    spelling,
    wrappings,
)
from backstep.lang.diagnostics.fixes.edits import Sheet, applied, difference
from backstep.lang.diagnostics.fixes.statement import Candidate, Known, Situation, mentioned
from backstep.lang.syntax import syntax_tree
from backstep.lang.syntax.lines import Line, logical_lines

MOST_FIXES = 4
"""Fixes offered for one diagnostic."""
_MOST_FAULTS = 8
_MOST_READINGS = 40
_DEEPEST = 4
_SECONDS = 0.25
"""Processor time spent on the fixes of one text."""
_LONGEST = 40_000
_LONGEST_STATEMENT = 2_000
_SHOWN = 56
_SHORTEST_SHOWN = 4
"""Characters of a change that is clear without its context."""

_GUESSED_WRONG = frozenset(
    {"shapes", "index", "ragged_list", "class_number", "negative_size", "loss_not_scalar"}
)
"""Codes of errors that a wrong guess causes further down; others there were hidden, not caused."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """The result of reading a text: diagnostics, names, what products without a sign may be."""

    faults: tuple[Diagnostic, ...]
    known: Known
    left_out: dict[Span, tuple[str, ...]]


Read = Callable[[str, syntax_tree.Statement | None], Attempt]
"""Reads a text, with one statement in place of the one on its line. Raises LimitError."""


def with_fixes(source: str, faults: Sequence[Diagnostic], read: Read) -> list[Diagnostic]:
    """The diagnostics of a text with the fixes that were tried and hold, and hints that agree with
    them.

    The fixes that a diagnostic arrives with are proposals.
    """
    if len(source) > _LONGEST:
        return [replace(fault, fixes=()) for fault in faults]
    search = _Search(source, read)
    return [
        search.judged(fault) if number < _MOST_FAULTS else replace(fault, fixes=())
        for number, fault in enumerate(faults)
    ]


@dataclass(slots=True)
class _Search:
    source: str
    read: Read
    began: float = field(default_factory=time.process_time)
    readings: int = 0
    mended: str = ""
    """The text with the first fix of each diagnostic so far: what shapes are looked up in."""
    of_arrays: array_languages.Translation | None = None
    """The text as MATLAB's or Julia's, after the first search for it."""

    def __post_init__(self) -> None:
        self.mended = self.source

    def judged(self, fault: Diagnostic) -> Diagnostic:
        """The diagnostic with its fixes, and a hint that agrees with them."""
        texts = {each.source: each for each in reversed(self._texts(self.source, fault, 0))}
        found = list(reversed(texts.values()))[:MOST_FIXES]
        fixes = tuple(
            Fix(
                each.title or _title(self.source, each.source, fault),
                difference(self.source, each.source),
            )
            for each in found
        )
        if fixes:
            self._mend(fixes[0])
        if found and found[0].hint is not None:
            hint: str | None = found[0].hint
        elif found and (fault.hint is None or fault.code in _SPOKEN or _is_form(fault)):
            hint = _words(fixes)
        elif fault.hint is None or (fault.fixes and not found and fault.code not in _STANDING):
            hint = _WITHOUT.get(fault.code)
        else:
            hint = fault.hint
        if hint is None and not fixes:
            hint = self._near(fault)
        if not fixes and fault.code in _SENTENCED:
            hint = self._instead(fault) or hint
        return replace(fault, fixes=fixes, hint=hint)

    def _instead(self, fault: Diagnostic) -> str | None:
        line = None if fault.span is None else _line_of(self.source, fault.span)
        return None if line is None else advice.instead(line)

    def _near(self, fault: Diagnostic) -> str | None:
        """The names that are near to an unknown one, if it is open which is meant."""
        line = None if fault.span is None else _line_of(self.source, fault.span)
        before = self._attempt(self.source) if fault.code == "unknown_name" else None
        if line is None or before is None:
            return None
        at = Situation(Sheet(self.source), fault, line, before.known)
        names = mistakes.near_misses(at)
        if len(names) == 1 and before.known.shapes.get(names[0]) and mistakes.is_numbered(at):
            first = ", ".join("0" * len(before.known.shapes[names[0]]))
            return f"an element of {names[0]} is written {names[0]}[{first}]"
        place = at.at_fault()
        typed = "" if place is None else at.typed(at.tokens[place])
        if not names and mistakes.factors(at, typed):
            return f"a product is written {'*'.join(typed)}, of names that are declared"
        listed = ", ".join(f"'{name}'" for name in names[:4])
        return f"there is {listed}; a name is the same in every letter and digit" if names else None

    def _mend(self, fix: Fix) -> None:
        """Keep a fix that moves no line and changes only lines that are as they were typed."""
        old, new = Sheet(self.source).lines, Sheet(self.mended).lines
        lines = {edit.line - 1 for edit in fix.edits}
        single = all(e.line == e.end_line and "\n" not in e.text for e in fix.edits)
        if single and all(old[line] == new[line] for line in lines):
            self.mended = applied(self.mended, fix.edits)

    def _attempt(self, source: str) -> Attempt | None:
        """The result of reading a text; None if it can't be read, or enough were tried."""
        self.readings += 1
        if self.readings > _MOST_READINGS or time.process_time() - self.began > _SECONDS:
            return None
        with suppress(LimitError):
            return self.read(source, None)
        return None

    def _texts(self, source: str, fault: Diagnostic, depth: int) -> list[Candidate]:
        """Texts without the diagnostic and without one that it leads to, the likeliest first."""
        if fault.span is None:
            return []
        sheet = Sheet(source)
        line = _line_of(source, fault.span)
        before = self._attempt(source)
        if line is None or before is None:
            return []
        at = Situation(sheet, fault, line, before.known)
        clean: list[Candidate] = []
        others: list[Candidate] = []
        seen = {source}
        unwrapped = self._unwrapped(at, before, depth)
        if unwrapped:
            return unwrapped
        if depth == 0 and not at.known.formula and _is_short(at):
            clean += self._of_arrays(at)
            if self.of_arrays is not None and self.of_arrays.whole:
                return clean
        rewritten = (ignored_lines, board) if _is_short(at) else (board,)
        for candidate in (each for room in rewritten for each in room.candidates(at)):
            if _keeps_names(at, candidate):
                clean += [each for each, ok in self._judge(at, before, candidate, depth) if ok]
        if clean:
            return clean
        for candidate in _candidates(at, self._probe(source), self._shape_of(source, at.known)):
            if candidate.source in seen or not _keeps_names(at, candidate):
                continue
            seen.add(candidate.source)
            for each, is_clean in self._judge(at, before, candidate, depth):
                (clean if is_clean else others).append(each)
        if len(seen) == 1 and depth == 0 and not products.is_run(at):
            for candidate in mistakes.declaration(at):
                others.extend(each for each, _ in self._judge(at, before, candidate, depth))
        return clean or others

    def _unwrapped(self, at: Situation, before: Attempt, depth: int) -> list[Candidate]:
        """The text without wrappings around its lines, this one among them."""
        found = wrappings.stripped(at.source) if depth == 0 and not at.known.formula else None
        if found is None:
            return []
        line = found.lines[at.line.number - 1]
        if line is not None and Sheet(found.text).lines[line - 1] == at.line.texts[0]:
            return []
        title = f"Delete what stands around the statements: {' '.join(found.marks)}"
        made = Candidate(found.text, sure=True, title=title, told=True, removes=line is None)
        return [each for each, clean in self._judge(at, before, made, depth) if clean]

    def _of_arrays(self, at: Situation) -> Iterator[Candidate]:
        """The whole text translated, if it is one of MATLAB or Julia; then the statement."""
        if self.of_arrays is None:
            self.of_arrays = array_languages.translation(self.source, self._shapes)
        text = self.of_arrays.text
        if text is not None:
            lines = Sheet(text).lines
            line = next((each for each in lines if "@" in each), lines[-1]).strip()
            title = f"Write the whole text in our signs, with {line}"
            candidate = Candidate(text, sure=True, title=title, hint=_WHOLE)
            if _keeps_names(at, candidate):
                yield candidate
        else:
            text = array_languages.of_statement(
                at, lambda text: self._shapes(self._otherwise_mended(text))
            )
            if text is not None:
                before = self._attempt(self.source)
                candidate = Candidate(text, sure=True)
                if before is not None and _keeps_names(at, candidate):
                    yield from (each for each, _ in self._judge(at, before, candidate, 0))

    def _shapes(self, source: str) -> tuple[tuple[Diagnostic, ...], Mapping[str, Shape]] | None:
        after = self._attempt(source)
        return None if after is None else (after.faults, after.known.shapes)

    def _judge(
        self, at: Situation, before: Attempt, candidate: Candidate, depth: int
    ) -> Iterator[tuple[Candidate, bool]]:
        """The candidate, or those that it leads to, and whether it causes no error at all."""
        after = self._attempt(candidate.source)
        if after is None:
            return
        edits = difference(at.source, candidate.source)
        lines = _changed_lines(at, edits)
        led = _led_to(before, after, at, edits, lines)
        here = [
            fault
            for fault in led
            if fault.span and fault.span.line in lines and fault.code != "loss_not_scalar"
        ]
        if not led:
            yield candidate, True
        elif not here:
            if candidate.sure or not any(fault.code in _GUESSED_WRONG for fault in led):
                yield candidate, False
        elif depth < _DEEPEST and here[0].code not in _GUESSED_WRONG - {"negative_size"}:
            for each in self._texts(candidate.source, here[0], depth + 1)[:2]:
                if not _declares(candidate.source, each.source) and _keeps_names(at, each):
                    title = each.title if each.told else None
                    sure = candidate.sure and each.sure
                    further = Candidate(each.source, sure, title, told=each.told)
                    if len(here) > 1:
                        yield from self._judge(at, before, further, depth + 1)
                    else:
                        yield further, True

    def _otherwise_mended(self, source: str) -> str:
        """A changed text with the fixes so far in the lines that are as they were typed."""
        old, new = Sheet(self.source).lines, Sheet(self.mended).lines
        lines = Sheet(source).lines
        if len(lines) != len(old):
            return source
        return "\n".join(
            mended if line == typed else line
            for line, typed, mended in zip(lines, old, new, strict=True)
        )

    def _probe(self, source: str) -> products.Probe:
        def probe(statement: syntax_tree.Statement) -> dict[Span, tuple[str, ...]]:
            with suppress(LimitError):
                return self.read(self._otherwise_mended(source), statement).left_out
            return {}

        return probe

    def _shape_of(self, source: str, known: Known) -> bare_functions.ShapeOf:
        def shape_of(formula: str, number: int) -> Shape | None:
            if known.formula:
                return known.shapes.get(formula)
            lines = Sheet(source).lines[: number - 1]
            name = "formula_"
            while name in source:
                name += "_"
            text = "\n".join([*lines, f"{name} = {formula}", f"{name}sum = sum({name})"])
            after = self._attempt(text)
            return None if after is None else after.known.shapes.get(name)

        return shape_of


def _line_of(source: str, span: Span) -> Line | None:
    """The logical line of a diagnostic."""
    found: Line | None = None
    for line in logical_lines(source):
        if line.number > span.line:
            break
        found = line
    return found


def _is_short(at: Situation) -> bool:
    """Whether a statement is short enough to be typed: patterns are searched in such alone."""
    return sum(map(len, at.line.texts)) <= _LONGEST_STATEMENT


def _candidates(
    at: Situation, probe: products.Probe, shape_of: bare_functions.ShapeOf
) -> Iterator[Candidate]:
    for fix in at.fault.fixes:
        text = max((edit.text.strip() for edit in fix.edits), key=len)
        by_line = 0 < len(text) < _SHORTEST_SHOWN or at.fault.code in _BY_LINE
        title = None if by_line else fix.title
        removes = not text and fix.title == "Delete the line"
        made = applied(at.source, fix.edits)
        if any(".T" in edit.text for edit in fix.edits) and board.turns_a_scalar(at, made):
            continue
        yield Candidate(made, title=title, hint=at.fault.hint, removes=removes)
    if _is_short(at):
        yield from habits.candidates(at)
        yield from openings.candidates(at)
        yield from loops.candidates(at)
        yield from functions.candidates(at)
        yield from r_language.candidates(at)
        yield from formulas_in_words.candidates(at)
        yield from branches.candidates(at)
        yield from conditions.candidates(at)
        yield from einsum.candidates(at)
    of_modules = list(modules.candidates(at))
    yield from of_modules
    if not of_modules:
        yield from foreign_words.candidates(at)
        yield from libraries.candidates(at)
    if at.fault.code in _PRODUCTS and not (at.fault.code == "implicit_product" and at.fault.fixes):
        yield from products.products(at, probe)
    yield from spelling.candidates(at)
    yield from mistakes.candidates(at, shape_of)


# A name such as lambda is a common word elsewhere.
_PRODUCTS = frozenset(
    {"implicit_product", "unknown_name", "not_a_function", "no_parentheses", "foreign_word"}
)
_SPOKEN = frozenset(
    {
        "implicit_product",
        "unknown_name",
        "not_a_function",
        "no_parentheses",
        "method",
        "attribute",
        "shapes",
        "unknown_keyword",
        "negative_size",
        "foreign_word",
        "shape",
        "several_values",
        "comparison_outside_where",
        "unknown_distribution",
        "missing_equals",
        "unknown_operator",
        "mismatched_bracket",
        "unknown_character",
        "chained_comparison",
        "condition",
        "missing_operand",
        "draw",
    }
)
"""Codes of diagnostics whose hint says what their fixes write."""
_BY_LINE = frozenset({"update", "walrus"})
"""Codes of diagnostics whose fixes are titled by the resulting line."""
_FOREIGN = frozenset({"if", "elif", "else", "while", "print"})
"""Words that look like assigned names before a parenthesis."""
_SENTENCED = frozenset(
    {
        "unknown_character",
        "missing_equals",
        "implicit_product",
        "missing_operand",
        "no_parentheses",
        "left_side",
        "unknown_name",
    }
)
"""Codes of diagnostics whose place says little about the remedy."""
_KINDS = frozenset({"float", "double", "int", "auto", "val", "mut", "real", "Tensor", "vector"})
"""Types of values, with which a declaration begins in other languages."""
_STANDING = frozenset({"unclosed_bracket", "arguments"})
"""Codes of diagnostics whose hint is true though no fix holds."""
_WITHOUT = {
    "implicit_product": "here a product needs its sign: a*b, or A @ b of matrices",
    "update": "a declared name keeps its value; give the result a name of its own",
    "method": "a function stands before what it works on: sum(x)",
}
"""Hints for when no fix holds."""


_WHOLE = "there * is the product of matrices, here @; elements count from 0"
"""The hint for a text of MATLAB or Julia."""


def _is_form(fault: Diagnostic) -> bool:
    """Whether the hint is the form of a call, from which a fix may differ."""
    return fault.code == "arguments" and (fault.hint or "").startswith("write ")


def _words(fixes: Sequence[Fix]) -> str:
    """Fixes as one hint."""
    titles = [fix.title.removeprefix("Write ") for fix in fixes]
    first = fixes[0].title
    verb = "write " if first.startswith("Write ") else ""
    return verb + " or ".join(titles) if verb else first[0].lower() + first[1:]


def _title(source: str, changed: str, fault: Diagnostic) -> str:
    """What a fix does: the resulting line, or what is new in a long one."""
    edits = difference(source, changed)
    assert edits
    assert fault.span is not None
    first = edits[0]
    lines = Sheet(changed).lines
    number = min(first.line, len(lines)) - 1
    last = max(edit.end_line for edit in edits) + len(lines) - len(Sheet(source).lines)
    parts = [each.partition("#")[0].strip() for each in lines[number : max(number + 1, last)]]
    line = " ".join(parts)
    if len(line) <= _SHOWN:
        return f"Write {line}"
    place = max(0, first.column - 1 - (len(lines[number]) - len(lines[number].lstrip())))
    start = max(0, place - _SHOWN // 2)
    while start and line[start - 1].isalnum():
        start -= 1
    end = min(len(line), start + _SHOWN)
    while end < len(line) and line[end - 1].isalnum() and line[end].isalnum():
        end += 1
    return f"Write {'…' if start else ''}{line[start:end].strip()}{'…' if end < len(line) else ''}"


def _keeps_names(at: Situation, candidate: Candidate) -> bool:
    """Whether every known name that the statement mentions is still there.

    Anywhere in the text, if the statement has no effect here and is removed.
    """
    changed = candidate.source
    wanted = {
        name
        for name in mentioned(at.tokens) - _FOREIGN
        if name in at.known.given_on or name in at.known.functions
    }
    wanted -= {each for each in wanted & _KINDS if at.known.given_on.get(each) == at.line.number}
    wanted -= candidate.drops
    if candidate.removes:
        wanted -= {name for name in wanted if at.known.given_on.get(name) == at.line.number}
    edits = difference(at.source, changed)
    lines = _changed_lines(at, edits)
    kept: set[str] = set()
    for line in logical_lines(changed):
        if line.number in lines or candidate.removes:
            kept |= mentioned(line.tokens)
    return wanted <= kept


def _changed_lines(at: Situation, edits: Sequence[Edit]) -> range:
    """The lines of the changed text that the statement occupies."""
    first = at.line.number
    last = first + len(at.line.texts) - 1
    grown = sum(edit.text.count("\n") - (edit.end_line - edit.line) for edit in edits)
    start = min([first, *(edit.line for edit in edits)])
    end = max([last, *(edit.end_line for edit in edits)])
    return range(start, max(start, end + grown) + 1)


def _led_to(
    before: Attempt, after: Attempt, at: Situation, edits: Sequence[Edit], lines: range
) -> list[Diagnostic]:
    """The diagnostics that were not there before."""
    left = [(each.code, each.message) for each in before.faults]
    with suppress(ValueError):
        left.remove((at.fault.code, at.fault.message))
    grown = sum(edit.text.count("\n") - (edit.end_line - edit.line) for edit in edits)
    led = []
    for fault in after.faults:
        key = (fault.code, fault.message)
        here = fault.span is not None and fault.span.line in lines
        if key in left and not (here and grown == 0 and _overlaps(fault, edits)):
            left.remove(key)
        else:
            led.append(fault)
    return led


def _overlaps(fault: Diagnostic, edits: Sequence[Edit]) -> bool:
    """Whether a diagnostic is at an edit within one line."""
    assert fault.span is not None
    return any(edit.line == fault.span.line and edit.column == fault.span.column for edit in edits)


def _declares(source: str, changed: str) -> bool:
    """Whether a further step only adds a line, which would hide the error."""
    return changed.count("\n") > source.count("\n")
