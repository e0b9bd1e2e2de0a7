"""Lines that are no part of a network: other languages' comments, and a script's calls.

A comment is kept after `#`. A call for its effect alone, such as `optimizer.step()`, is removed;
`L.backward()` becomes `minimize L`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from backstep.errors import Edit, Span
from backstep.lang.diagnostics.fixes.edits import Sheet
from backstep.lang.diagnostics.fixes.foreign_names import elsewhere
from backstep.lang.diagnostics.fixes.statement import Candidate, Situation

_WHOLE = re.compile(
    r"""(\s*)(?://+|%+|--+|;+|/\*+|\"{3}|'{3}|<!--)\s*(.*?)\s*(?:\*+/|\"{3}|'{3}|-->)?\s*"""
)
_BEHIND = re.compile(
    r"(.*?\S)(\s*)(?://+|%+|--|;|/\*|<!--|\(\*)\s*([^\W\d_].*?)\s*(?:\*/|-->|\*\))?\s*"
)
_ACTS = re.compile(
    r"\s*(?:[\w.]+\.)?(?:step|zero_grad|backward|train|eval|manual_seed|seed|show|plot|no_grad|"
    r"print|disp|display|fprintf|println|retain_grad|freeze|compile|fit|watch|set_seed|library|"
    r"require|figure|subplot|xlabel|ylabel|title|legend|grid|printf|cat|summary|append|savefig|"
    r"set_printoptions|manual_seed_all|use_deterministic_algorithms)\s*\(.*\)\s*;?\s*|"
    r"\s*\w+\.grad\s*|\s*(?:clear|clc|close)(?:\s+all)?\s*;?\s*|"
    r"\s*(?:using|include|require|%\w+|!\w+|pip|conda|\\usepackage|\\documentclass|package|module|"
    r"pass|break)\b[^=]*"
)
_BACKWARD = re.compile(r"\s*(\w+)\s*\.\s*backward\s*\(.*\)\s*;?\s*")
_DERIVATIVE = re.compile(
    r"\s*(?:(?:(?:d|∂|\\partial\s*|\\d\s*)\^?[²2]?\s*\w*\s*/\s*(?:\(?\s*)?(?:d|∂|\\partial\s*)\s*\w+(?:\^2|²)?\)?"
    r"|\\[dt]?frac\s*\{\s*(?:d|\\partial)[^{}]*\}\s*\{\s*(?:d|\\partial)[^{}]*\}"
    r"|(?:∇|\\nabla)\s*_?\s*\{?\w*\}?\s*\w*|[^\W\d]\w*['′]\s*(?:\(\s*\w+\s*\))?)\s*(?:\w+\s*)?)=(?!=).*"
    r"|\s*(?:find\s+)?[d∂]\w*/[d∂]\w+\s*(?:=\s*\?)?"
    r"|\s*(?:[\w, ]+=\s*)?(?:\w+\.)*(?:value_and_grad|grad|jacobian|hessian|gradient|derivative|"
    r"jacrev|jacfwd|withgradient)\s*\(.*\)\s*;?\s*"
)
"""`dL/dx = …`, `∂L/∂w = …`, `∇L = …`, `f'(x) = …`: what is computed here and not typed."""
_PROSE = re.compile(
    r"\s*(?:[*_]{2}[^*=]+[*_]{2}:?|[A-Z][a-z]+:?"
    r"|[A-Z][a-z]+(?:,?\s+[A-Za-z0-9'’(),./^-]+){2,}\s*[.?!:]?)\s*"
)
"""A sentence, or a heading: it assigns no name."""
_BLOCK = re.compile(
    r"(\s*)(?:(?:async\s+)?with\s.+|if\s+__name__\s*==.*|begin|let|do|try\s*)\s*:?\s*\{?\s*"
)
_RETURNED = re.compile(r"\s*return\s+(\w+)\s*;?\s*")
_CODES = frozenset(
    {
        "unknown_character",
        "unknown_operator",
        "missing_equals",
        "missing_operand",
        "foreign_word",
        "method",
        "implicit_product",
        "unexpected_token",
        "two_statements",
        "reserved_word",
        "left_side",
    }
)


def candidates(at: Situation) -> Iterator[Candidate]:
    """The comment after our sign, or the text without the statement."""
    if at.fault.code not in _CODES or len(at.line.texts) != 1 or at.known.formula:
        return
    text, number = at.line.texts[0], at.line.number
    whole = Span(number, 1, number, len(text) + 1)
    comment = _comment(at, text)
    if comment is not None:
        made = at.edited(Edit.at(whole, comment), sure=True, title="Write # before the comment")
        yield replace(made, removes=True)
    code = text.partition("#")[0]
    if _DERIVATIVE.fullmatch(code):
        title = "Write # before it: derivatives are worked out"
        remark = Edit(number, 1, number, 1, "# ")
        yield replace(at.edited(remark, sure=True, title=title), told=True, removes=True)
        return
    if _PROSE.fullmatch(code) and not any(at.is_value(each) for each in code.split()[:3]):
        remark = Edit(number, 1, number, 1, "# ")
        made = at.edited(remark, sure=True, title="Write # before the sentence")
        yield replace(made, told=True, removes=True)
        return
    if re.match(r"\s*(?:assert|raise|del|global|nonlocal)\b(?!\s*=)", code):
        remark = Edit(number, 1, number, 1, "# ")
        made = at.edited(remark, sure=True, title="Write # before it: it says nothing here")
        yield replace(made, told=True, removes=True)
        return
    block = _BLOCK.fullmatch(code)
    if block is not None:
        yield from _without_block(at, number, block[1])
        return
    for pattern in (_BACKWARD, _RETURNED):
        said = pattern.fullmatch(code)
        stated = any(re.match(r"\s*minimize\b", line) for line in at.sheet.lines)
        if said and at.is_value(said[1]) and not stated and not text[:1].isspace():
            yield at.edited(Edit.at(whole, f"minimize {said[1]}"), sure=True)
            return
    if _ACTS.fullmatch(code):
        sheet = Sheet(at.source)
        last = number == len(sheet.lines)
        gone = Edit(number, 1, number + (not last), 1 if not last else len(text) + 1, "")
        made = at.edited(gone, sure=True, title="Delete the line")
        yield replace(made, removes=True)


def _without_block(at: Situation, number: int, indent: str) -> Iterator[Candidate]:
    """The lines of a block such as `with torch.no_grad():` in the block's place."""
    lines = at.sheet.lines
    body = []
    last = number
    for line in lines[number:]:
        if line.strip() and len(line) - len(line.lstrip()) <= len(indent):
            break
        body.append(line)
        last += 1
    closes = lines[last : last + 1] and re.fullmatch(r"\s*(?:end|\})\s*;?\s*", lines[last])
    kept = [line for line in body if line.strip()]
    if not kept:
        return
    step = min(len(line) - len(line.lstrip()) for line in kept) - len(indent)
    text = "\n".join(indent + line[len(indent) + step :] if line.strip() else line for line in body)
    end = last + (1 if closes else 0)
    whole = Span(number, 1, end, len(lines[end - 1]) + 1)
    made = at.edited(Edit.at(whole, text), sure=True, title="Delete the block around the lines")
    yield replace(made, told=True, removes=True)


def _comment(at: Situation, text: str) -> str | None:
    """The line with what is no statement after `#`; None if it is a statement."""
    whole = _WHOLE.fullmatch(text)
    if whole is not None:
        return f"{whole[1]}# {whole[2]}".rstrip()
    behind = _BEHIND.fullmatch(text)
    if behind is None or "#" in behind[1]:
        return None
    # A divisor or an argument is a name with a value, or a call.
    words = re.findall(r"\w+", behind[3])
    called = re.match(r"\w+\s*\(", behind[3]) is not None
    function = at.is_function(words[0]) or elsewhere(words[0])
    known = at.is_value(words[0]) or (called and function)
    if known and (len(words) == 1 or not re.match(r"\w+\s+\w", behind[3])):
        return None
    if re.search(r"=|<-|←", behind[3]):
        return None
    return f"{behind[1]}{behind[2]}# {behind[3]}"
