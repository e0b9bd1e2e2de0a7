"""How reading a part of the text is broken off: by a diagnostic, raised where it is found."""

from __future__ import annotations

from backstep.errors import Diagnostic, Span


class StatementError(Exception):
    """The text that is being read is wrong."""

    def __init__(self, fault: Diagnostic) -> None:
        super().__init__(fault.message)
        self.fault = fault


class Unresolved(Exception):
    """The text that is being read uses a name whose error is already reported."""


def refuse(code: str, message: str, hint: str | None, span: Span) -> StatementError:
    """A refusal with its diagnostic."""
    return StatementError(Diagnostic(code, message, hint, span))
