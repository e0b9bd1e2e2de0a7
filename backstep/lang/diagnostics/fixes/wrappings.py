"""Wrappings around statements that are no part of them: fences, prompts, list marks, `$$`.

All of a text's lines are stripped at once: what wraps one of them wraps the others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from backstep.lang.diagnostics.fixes.edits import Sheet

_NAME = r"[^\W\d]\w*"
_FENCE = re.compile(
    r"\s*(`{3,}|~{3,}|\$\$|\\\[|\\\]|\\(?:begin|end)\s*\{[\w*]+\}|</?(?:pre|code)>)\s*[\w.+-]*\s*"
)
_SHOWN = re.compile(r"\s*(Out)\s*\[\d*\]\s*:.*")
_PROMPT = re.compile(
    r"(\s*(?:(>>>|>>|\.\.\.|(?:In\s*)?\[\s*\d*\s*\]:|\w+>|octave:\d+>)(?:\s|$)|(&)\s*))(.*)"
)
_MARK = re.compile(
    r"(\s*(?:([-*+•–—>]|\d{1,3}[.):]|\(\d{1,3}\)|[a-z]\)|\d{1,3}\s*\|"
    r"|(?:Step|step|Line|line)\s*\d+\s*[:.])\s+))(.*)"
)
_TICKED = re.compile(r"(\s*)(`+)([^`]+)\2\s*")
_STRESSED = re.compile(rf"(\*\*|__)({_NAME}(?:\s*=)?)\1(?=\s|=|$)")
_ROLE = r"(?:input|target|param|const)"
_STATEMENT = re.compile(
    rf"(?:\*\*)?(?:{_ROLE}\s+{_NAME}|for\s|minimi[sz]e\s|seed\s+\d|#"
    rf"|{_NAME}(?:\s*\[[^\]]*\]|\([\w\s,]*\))?(?:\*\*)?(?:\s*:\s*\w+)?(?:\s*,\s*{_NAME})*\s*(?:[=~](?!=)|<-|:=|←))"
)


@dataclass(frozen=True, slots=True)
class Stripped:
    """A text without its wrappings; by old line the new one, None: it was removed."""

    text: str
    marks: tuple[str, ...]
    lines: tuple[int | None, ...]


def stripped(source: str) -> Stripped | None:
    """The text without fences, prompts and marks; None if it has none."""
    made: list[str] = []
    marks: dict[str, None] = {}
    places: list[int | None] = []
    for line in Sheet(source).lines:
        gone = _FENCE.fullmatch(line) or _SHOWN.fullmatch(line)
        if gone is not None:
            marks[gone[1]] = None
            places.append(None)
            continue
        text = line
        prompt = _PROMPT.fullmatch(line)
        mark = _MARK.fullmatch(line)
        if prompt is not None:
            marks[(prompt[2] or prompt[3]).strip()] = None
            text = prompt[4]
        elif mark is not None and _STATEMENT.match(mark[3].lstrip("`")):
            marks[mark[2].strip()] = None
            text = mark[3]
        ticked = _TICKED.fullmatch(text)
        if ticked is not None and _STATEMENT.match(ticked[3]):
            marks["`"] = None
            text = ticked[1] + ticked[3]
        stressed = _STRESSED.sub(r"\2", text)
        if stressed != text and _STATEMENT.match(stressed.lstrip()):
            marks["**"] = None
            text = stressed
        made.append(text)
        places.append(len(made))
    if not marks or not any(line.strip() for line in made):
        return None
    return Stripped("\n".join(made), tuple(marks), tuple(places))
