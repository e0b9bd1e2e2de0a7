"""The exception tree, and the diagnostic that every rejection consists of; no wording of its own.

    BackstepError
    ├── BodyError            the request is not the JSON that the call takes
    ├── DefinitionError      the text is wrong (one or several diagnostics, each with a span)
    ├── ValuesError          a replaced value is wrong (a JSON pointer such as /values/w)
    ├── AnswerError          the formula that a reader typed is wrong (spans in its own text)
    ├── PastedError          a pasted text cannot be read as a definition (spans in that text)
    ├── RequestError         something asked for does not exist (a name, a step, a zoom)
    ├── LimitError           a named limit is passed; says what was measured and what is allowed
    │   └── FormulaTooLarge  a closed formula would be larger than the limit
    ├── TimeUp               the stated time is up; the work was stopped
    ├── Busy                 too much is asked at once; try again after `retry_after` seconds
    └── Unavailable          a needed part is down; try again after `retry_after` seconds

Errors cross process boundaries as plain data (`to_plain`, `from_plain`), never as pickles.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar, TypedDict

from backstep.records import record


@record(frozen=True, slots=True)
class Span:
    """A place in the text: lines and columns count from 1, in characters; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    def to(self, other: Span) -> Span:
        """The span from the start of this one to the end of the other."""
        return Span(self.line, self.column, other.end_line, other.end_column)


@dataclass(frozen=True, slots=True)
class Edit:
    """The replacement of a span's text; where text is only added, the span is empty."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str

    @classmethod
    def at(cls, span: Span, text: str) -> Edit:
        """The edit that replaces a span's text by `text`."""
        return cls(span.line, span.column, span.end_line, span.end_column, text)


@dataclass(frozen=True, slots=True)
class Fix:
    """A change of the text that resolves a diagnostic: a title, and edits that do not overlap."""

    title: str
    edits: tuple[Edit, ...]

    @classmethod
    def write(cls, text: str, span: Span) -> Fix:
        """The fix that replaces a span's text by `text`."""
        return cls(f"Write {text.strip()}" if text else "Delete it", (Edit.at(span, text),))


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong: a stable code, a sentence in the user's terms, and fixes.

    `hint` says in words what would be right; `fixes` are changes of the text, the likeliest first.
    """

    code: str
    message: str
    hint: str | None = None
    span: Span | None = None
    pointer: str | None = None
    fixes: tuple[Fix, ...] = ()


class Details(TypedDict, total=False):
    """What a program needs to know of an error besides its diagnostics."""

    limit: str
    """The limit that is passed, such as `body_bytes`."""
    measured: int | float
    """What was measured, such as `5000000`."""
    operations: int | float
    """The size of the formula, as counted."""
    allowed: int | float
    """What is allowed, such as `4000000`."""
    retry_after: int
    """Seconds to wait before the next attempt."""
    asked: str
    """The name that does not exist."""
    reason: str
    """Why the part is down."""
    request_id: str
    """What to quote when an error of the server is reported."""


class BackstepError(Exception):
    """Any refusal that Backstep makes on purpose. `faults` holds at least one diagnostic."""

    kind: ClassVar[str] = "error"

    def __init__(self, *faults: Diagnostic, details: Details | None = None) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = faults
        self.details: Details = details or {}
        self.printed: str | None = None
        """How it is printed, such as with the line and a caret; by default its messages."""

    def __str__(self) -> str:
        return super().__str__() if self.printed is None else self.printed

    def to_plain(self) -> dict[str, object]:
        """Plain data that `from_plain` turns back into the same error."""
        return {
            "kind": self.kind,
            "faults": [asdict(fault) for fault in self.faults],
            "details": self.details,
        }


class BodyError(BackstepError):
    """The request is not the JSON that the call takes."""

    kind = "body"


class DefinitionError(BackstepError):
    """The text is wrong."""

    kind = "definition"


class ValuesError(BackstepError):
    """A replaced value is wrong."""

    kind = "values"


class AnswerError(BackstepError):
    """The typed answer is wrong."""

    kind = "answer"


class PastedError(BackstepError):
    """A text in another notation cannot be read as a definition; spans are in that text."""

    kind = "pasted"


class RequestError(BackstepError):
    """Something asked for does not exist."""

    kind = "request"


class LimitError(BackstepError):
    """A named limit is passed."""

    kind = "limit"


class FormulaTooLarge(LimitError):
    """A closed formula would pass the limit; `details["operations"]` is the counted bound."""

    kind = "formula_too_large"


class TimeUp(BackstepError):
    """The stated time is up."""

    kind = "time_up"


class Busy(BackstepError):
    """Too much is asked at once."""

    kind = "busy"


class Unavailable(BackstepError):
    """A needed part is down."""

    kind = "unavailable"


_KINDS: dict[str, type[BackstepError]] = {
    error.kind: error
    for error in (
        BodyError,
        DefinitionError,
        ValuesError,
        AnswerError,
        PastedError,
        RequestError,
        LimitError,
        FormulaTooLarge,
        TimeUp,
        Busy,
        Unavailable,
    )
}


def from_plain(plain: dict[str, Any]) -> BackstepError:
    """The error whose `to_plain` made `plain`."""
    faults = [_fault(fault) for fault in plain["faults"]]
    return _KINDS[plain["kind"]](*faults, details=plain["details"])


def _fault(plain: dict[str, Any]) -> Diagnostic:
    span = None if plain["span"] is None else Span(**plain["span"])
    fixes = tuple(
        Fix(fix["title"], tuple(Edit(**edit) for edit in fix["edits"])) for fix in plain["fixes"]
    )
    return Diagnostic(**{**plain, "span": span, "fixes": fixes})
