"""How reading a part of the text is broken off: a fault, raised where it is found. No wording."""

from __future__ import annotations

from backstep.errors import Diagnostic, Span


class StatementError(Exception):
    """What is being read is at fault."""

    def __init__(self, fault: Diagnostic) -> None:
        super().__init__(fault.message)
        self.fault = fault


class Unresolved(Exception):
    """What is being read uses a name that is at fault already, and is not reported again."""


def refuse(code: str, message: str, hint: str | None, span: Span) -> StatementError:
    """A refusal with its fault."""
    return StatementError(Diagnostic(code, message, hint, span))
