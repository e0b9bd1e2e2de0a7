"""A typed Jacobian ∂y/∂x judged, as a matrix formula, by elements or by cases.

It is asked as a partial: of Σ Cᵢⱼ ∂yᵢ/∂xⱼ by a tensor C that nothing else reads, the partial is
the Jacobian. So it is read, proved and tried as any answer is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from backstep.binding.bind import BoundModel, bind
from backstep.clock import Watch
from backstep.errors import AnswerError, BackstepError, Diagnostic, RequestError
from backstep.formula.text import spelled
from backstep.graph.order import ancestors
from backstep.graph.shape import Shape, spell
from backstep.lang.compile.answer import POINTER
from backstep.lang.syntax.display import text_name
from backstep.marking.compare import Verdict, WrongVerdict, compare
from backstep.marking.equation import Side, parts_of_line
from backstep.marking.index_characters import on_one_line, plain_quotient, without_index
from backstep.ops.row import Array
from backstep.symbolic.targets import Target, target_for

_SEED, _MATRIX, _TOTAL = "seed_of_jacobian", "the_jacobian", "seeded_jacobian"
_MINIMIZE = re.compile(r"^minimi[sz]e\b", re.MULTILINE)
_BY_CASES = re.compile(r"\\begin\s*\{cases\}(?P<rows>.*?)\\end\s*\{cases\}", re.DOTALL)
_WHEN = re.compile(
    r"^(?P<formula>.+?)[\s,&]*(?:\\(?:text|mathrm)\s*\{\s*(?:if|for|when|falls|,)?\s*\}"
    r"|\b(?:if|for|when|falls)\b|[,(&])\s*(?P<one>[a-z])\s*(?P<sign>=|==|≠|!=|\\neq?)\s*"
    r"(?P<other>[a-z])[\s).$]*$",
    re.DOTALL,
)
_ELSE = re.compile(
    r"^(?P<formula>.+?)[\s,&]*(?:\\(?:text|mathrm)\s*\{\s*(?:otherwise|else|sonst)\s*\}"
    r"|\b(?:otherwise|else|sonst)\b)[\s.]*$",
    re.DOTALL,
)
_LEFT = re.compile(
    r"\(?\s*(?:∂|d)\s?(?P<top>.+?)\s*\)?\s*[/∕÷]\s*\(?\s*(?:∂|d)\s?(?P<bottom>.+?)\)?"
)
_IDENTITY = re.compile(r"(?<![\w.])(?:I|𝐈|\\mathbf\{I\})(?:_\{?(?:n|\d+)\}?)?(?![\w(\[.])")


def compare_jacobian(
    prepared: BoundModel,
    values: Mapping[str, Any] | None,
    of: str,
    wrt: str,
    answer: str,
    watch: Watch | None = None,
) -> Verdict | WrongVerdict:
    """Whether `answer` is the Jacobian of the value `of` by `wrt`: its shape is the axes of `of`,
    then those of `wrt`.

    `values` are those that `prepared` was bound with. Raises AnswerError for the formula,
    RequestError for `of` and `wrt`.
    """
    top, bottom = (
        target_for(prepared.definition, name, pointer)
        for name, pointer in ((of, "/of"), (wrt, "/wrt"))
    )
    for each, pointer in ((top, "/of"), (bottom, "/wrt")):
        if not each.whole:
            message = (
                "a Jacobian is asked for by names, and its elements are elements of the answer"
            )
            raise RequestError(Diagnostic("elements", message, pointer=pointer))
    if all(each.id != bottom.node.id for each in ancestors([top.node])):
        given, asked = (text_name(each.name) for each in (top, bottom))
        message = f"{given} is not computed from {asked}: every element of ∂{given}/∂{asked} is 0"
        raise RequestError(Diagnostic("not_on_the_way", message, pointer="/wrt"))
    shape = (*top.node.shape, *bottom.node.shape)
    asking = _asking(prepared, values, top, bottom, shape)
    text = on_one_line(_cases(answer))
    side = _right_side(prepared, top, bottom, text)
    if "I" not in prepared.definition.names and len(shape) == 2 and shape[0] == shape[1]:
        side = replace(side, text=_IDENTITY.sub(f"eye({shape[0]})", side.text))
    verdict = compare(asking, _SEED, side.text, watch, lines=[side])
    given, asked = (text_name(each.name) for each in (top, bottom))
    named = f"∂{given}/∂{asked}"
    if not isinstance(verdict, WrongVerdict):
        return replace(verdict, of=named)
    question = _Question(
        lambda mask: _asking(prepared, values, top, bottom, shape, mask),
        shape,
        given,
        asked,
        verdict.read,
        watch,
    )
    hint = _hint(question, verdict)
    missing = verdict.missing
    if hint is None and not any(own in (verdict.hint or "") for own in (_SEED, _MATRIX, _TOTAL)):
        hint = verdict.hint
    elif hint != verdict.hint:
        missing = None
    return replace(verdict, of=named, hint=hint, missing=missing)


def _asking(
    prepared: BoundModel,
    values: Mapping[str, Any] | None,
    top: Target,
    bottom: Target,
    shape: Shape,
    mask: str = "",
) -> BoundModel:
    """The definition with Σ C ∂y/∂x for its loss, of the elements that the mask lets through."""
    source = prepared.definition.source
    ended = _MINIMIZE.search(source)
    text = source if ended is None else source[: ended.start()]
    names = prepared.definition.names
    taken = [name for name in (_SEED, _MATRIX, _TOTAL) if name in names]
    if taken:
        message = f"the name {taken[0]} stands for a part of the question"
        raise RequestError(Diagnostic("name_taken", message, pointer="/of"))
    y, x = (spelled(prepared.symbols.formulas[each.node.id]) for each in (top, bottom))
    sizes = ", ".join(map(str, shape)) or "1"
    derived = f"jacobian({y}, {x})" if top.node.shape else f"grad({y}, {x})"
    seed = f"input {_SEED}[{sizes}] ~ normal(0, 1)" if shape else f"input {_SEED} = 1"
    lines = (
        f"{_MATRIX} = {derived}",
        seed,
        f"{_TOTAL} = " + (f"sum({_SEED}*{_MATRIX}{mask})" if shape else f"{_SEED}*{_MATRIX}"),
        f"minimize {_TOTAL}",
    )
    try:
        return bind("\n".join((text.rstrip("\n"), *lines, "")), values)
    except BackstepError as error:
        faults = getattr(error, "faults", ())
        why = faults[0].message if faults else str(error)
        raise RequestError(Diagnostic("no_jacobian", why, pointer="/of")) from error


def _right_side(prepared: BoundModel, top: Target, bottom: Target, text: str) -> Side:
    """The formula of a line such as ∂p_i/∂z_j = …, with the indices of its left side."""
    parts = list(parts_of_line(text))
    if len(parts) < 2 or "\n" in text.strip():
        return Side(text, 0)
    left = plain_quotient(parts[0].text).strip()
    match = _LEFT.fullmatch(left)
    if match is None:
        return Side(text, 0) if not left.isalpha() or len(left) > 2 else parts[-1]
    known = prepared.definition.names
    labels: tuple[str, ...] = ()
    for typed, target in ((match["top"], top), (match["bottom"], bottom)):
        name, own = without_index(typed, known)
        if name not in (target.name, text_name(target.name)):
            given = f"∂{text_name(top.name)}/∂{text_name(bottom.name)}"
            message = f"this line is {left}, and what is asked for is {given}"
            hint = f"write the formula of {given}"
            raise AnswerError(Diagnostic("another_partial", message, hint, None, POINTER))
        labels += own
    whole = len(labels) == len(top.node.shape) + len(bottom.node.shape)
    return replace(parts[-1], labels=labels if whole else ())


def _cases(text: str) -> str:
    """`a if i = j, b otherwise` and LaTeX's cases, with an indicator for each case."""
    match = _BY_CASES.search(text)
    if match is not None:
        rows = [each for each in re.split(r"\\\\", match["rows"]) if each.strip()]
        made = _indicated(rows)
        return text if made is None else f"{text[: match.start()]}{made}{text[match.end() :]}"
    left, sign, right = text.rpartition("= {") if "= {" in text else ("", "", text)
    rows = [
        each
        for each in re.split(r"[;\n]|,\s+(?=[^,;]*\b(?:if|otherwise|else|for)\b)", right)
        if each.strip()
    ]
    made = _indicated(rows) if len(rows) > 1 else None
    return text if made is None else f"{left}{'= ' if sign else ''}{made}"


def _indicated(rows: Sequence[str]) -> str | None:
    found: list[str] = []
    last: tuple[str, str, bool] | None = None
    for row in rows:
        when, rest = _WHEN.match(row.strip()), _ELSE.match(row.strip())
        if rest is not None and last is not None:
            one, other, equal = last
            sign = "!=" if equal else "="
            found.append(f"1({one} {sign} {other})*({rest['formula'].strip()})")
        elif when is not None:
            equal = when["sign"] in ("=", "==")
            last = (when["one"], when["other"], equal)
            sign = "=" if equal else "!="
            formula = when["formula"].strip()
            found.append(f"1({when['one']} {sign} {when['other']})*({formula})")
        else:
            return None
    return " + ".join(found) if len(found) > 1 else None


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked for, and what was typed."""

    asking: Callable[[str], BoundModel]
    """The definition for the elements that a mask lets through."""
    shape: Shape
    y: str
    x: str
    typed: str
    watch: Watch | None

    def holds(self, text: str, mask: str = "") -> bool:
        """Whether another formula is the Jacobian, or is under a mask."""
        text = f"({text}){mask}" if mask else text
        try:
            found = compare(self.asking(mask), _SEED, text, self.watch, lines=[Side(text, 0)])
        except BackstepError:
            return False
        return found.equal is True


def _hint(asked: _Question, verdict: WrongVerdict) -> str | None:
    """What is wrong with it as a matrix: transposed, the diagonal alone, a vector in its place."""
    y, x, shape = asked.y, asked.x, asked.shape
    if len(shape) != 2 or verdict.answer is None or verdict.partial is None:
        return None
    typed, right = (np.asarray(each, dtype=float) for each in (verdict.answer, verdict.partial))
    square = shape[0] == shape[1]
    if typed.shape == shape[::-1] and asked.holds(f"({asked.typed}).T"):
        return f"it is transposed: row i has the partials of {y}ᵢ, column j those by {x}ⱼ"
    if typed.shape != shape:
        if square and typed.ndim == 1:
            if asked.holds(f"diag({asked.typed})"):
                return (
                    f"these are the elements ∂{y}ᵢ/∂{x}ᵢ on the diagonal: as a matrix they are"
                    " diag(…), and all others are 0"
                )
            if asked.holds(f"diag({asked.typed})", f"*eye({shape[0]})"):
                return f"these are the elements ∂{y}ᵢ/∂{x}ᵢ alone: {_others(asked, right)}"
        return f"∂{y}/∂{x} is a matrix, {spell(shape)}: an element for every {y}ᵢ and every {x}ⱼ"
    if asked.holds(f"-({asked.typed})"):
        return "the sign is turned"
    return _by_diagonal(asked, typed, right) if square else None


def _by_diagonal(asked: _Question, typed: Array, right: Array) -> str | None:
    """Whether the diagonal alone is right, or all but it."""
    count = asked.shape[0]
    on, beside = f"*eye({count})", f"*(1 - eye({count}))"
    off = ~np.eye(count, dtype=bool)
    nothing = not typed[off].any()
    if asked.holds(asked.typed, on):
        if nothing:
            return f"the diagonal is right, and off it the answer is 0: {_others(asked, right)}"
        if asked.holds(f"-({asked.typed})", beside):
            return "the diagonal is right, and off it the sign is turned"
        return "the diagonal is right, and what is off it is not"
    if asked.holds(asked.typed, beside):
        return "what is off the diagonal is right, and the diagonal, i = j, is not"
    wrong = "the diagonal, i = j, is not right either"
    if nothing and right[off].any():
        return f"off the diagonal the answer is 0, and the partials there are not; {wrong}"
    if asked.holds(f"-({asked.typed})", beside):
        return f"off the diagonal the sign is turned, and {wrong}"
    return None


def _others(asked: _Question, right: Array) -> str:
    """Why there are further elements."""
    every = right[~np.eye(asked.shape[0], dtype=bool)].all()
    depends = (
        f"{asked.y}ᵢ depends on every {asked.x}ⱼ" if every else "elements depend on each other"
    )
    return f"{depends}, and for i ≠ j there is a partial as well"
