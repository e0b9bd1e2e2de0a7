"""Diagnostics as lines of text, each with its place in the source marked."""

from __future__ import annotations

from backstep.errors import BackstepError, Diagnostic, Fix

INDENT = "    "


def report(error: BackstepError, source: str) -> list[str]:
    """The lines that say what is wrong with `source`, one diagnostic after another."""
    text = source.splitlines()
    lines: list[str] = []
    for fault in error.faults:
        lines += _told(fault, text)
    return lines


def _says_more(fix: Fix, fault: Diagnostic) -> bool:
    """Whether a fix adds anything to the hint."""
    return fix.title.removeprefix("Write ").casefold() not in (fault.hint or "").casefold()


def _told(fault: Diagnostic, text: list[str]) -> list[str]:
    span = fault.span
    if span is None:
        told = [f"{fault.pointer}: {fault.message}" if fault.pointer else fault.message]
    else:
        told = [f"line {span.line}, column {span.column}: {fault.message}"]
        if 0 < span.line <= len(text):
            line = text[span.line - 1]
            end = span.end_column if span.end_line == span.line else len(line) + 1
            # Tabs are kept before the mark, so that it stands under what it marks.
            before = "".join("\t" if c == "\t" else " " for c in line[: span.column - 1])
            told += [INDENT + line, INDENT + before + "^" * max(1, end - span.column)]
    if fault.hint:
        told.append(f"{INDENT}{fault.hint}")
    told += [f"{INDENT}→ {fix.title}" for fix in fault.fixes if _says_more(fix, fault)]
    return told
