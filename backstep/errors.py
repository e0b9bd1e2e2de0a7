"""The exception tree and the fault that every rejection is made of; no wording of any one fault.

    BackstepError
    ├── BodyError            the request is not the JSON that the call takes
    ├── DefinitionError      the text is at fault (one or several faults, each with a span)
    ├── ValuesError          a replaced value is at fault (a JSON pointer such as /values/w)
    ├── AnswerError          the formula that a reader typed is at fault (spans in its own text)
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


@dataclass(frozen=True, slots=True)
class Span:
    """A place in the text: lines and columns count from 1, in characters; the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int

    def to(self, other: Span) -> Span:
        """The place from the start of this span to the end of the other."""
        return Span(self.line, self.column, other.end_line, other.end_column)


@dataclass(frozen=True, slots=True)
class Edit:
    """The text that takes the place of a span; the span is empty where text is added."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str

    @classmethod
    def at(cls, span: Span, text: str) -> Edit:
        """The edit that writes `text` over a span."""
        return cls(span.line, span.column, span.end_line, span.end_column, text)


@dataclass(frozen=True, slots=True)
class Fix:
    """A change of the text that mends a fault: a title in words, and edits that do not overlap."""

    title: str
    edits: tuple[Edit, ...]

    @classmethod
    def write(cls, text: str, span: Span) -> Fix:
        """The fix that writes `text` over a span."""
        return cls(f"Write {text.strip()}" if text else "Delete it", (Edit.at(span, text),))


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong: a stable code, a sentence in the user's terms, and the mends.

    `hint` says in words what would be right; `fixes` are changes of the text, the likeliest first.
    """

    code: str
    message: str
    hint: str | None = None
    span: Span | None = None
    pointer: str | None = None
    fixes: tuple[Fix, ...] = ()


class Details(TypedDict, total=False):
    """What a program wants to know of an error besides its faults."""

    limit: str
    """The limit that is passed, such as `body_bytes`."""
    measured: int | float
    """Such as `5000000`."""
    operations: int | float
    """Of a formula, as counted."""
    allowed: int | float
    """Such as `4000000`."""
    retry_after: int
    """Seconds."""
    asked: str
    """The name that is none."""
    reason: str
    """Why a part is down."""
    request_id: str
    """What to name in a report of the server's own mistake."""


class BackstepError(Exception):
    """Any refusal that Backstep means to make. `faults` holds at least one fault."""

    kind: ClassVar[str] = "error"

    def __init__(self, *faults: Diagnostic, details: Details | None = None) -> None:
        super().__init__("; ".join(fault.message for fault in faults))
        self.faults = faults
        self.details: Details = details or {}

    def to_plain(self) -> dict[str, Any]:
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
    """The text is at fault."""

    kind = "definition"


class ValuesError(BackstepError):
    """A replaced value is at fault."""

    kind = "values"


class AnswerError(BackstepError):
    """The typed answer is at fault."""

    kind = "answer"


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
        RequestError,
        LimitError,
        FormulaTooLarge,
        TimeUp,
        Busy,
        Unavailable,
    )
}


def from_plain(plain: dict[str, Any]) -> BackstepError:
    """The error that `to_plain` was called on."""
    faults = [_fault(fault) for fault in plain["faults"]]
    return _KINDS[plain["kind"]](*faults, details=plain["details"])


def _fault(plain: dict[str, Any]) -> Diagnostic:
    span = None if plain["span"] is None else Span(**plain["span"])
    fixes = tuple(
        Fix(fix["title"], tuple(Edit(**edit) for edit in fix["edits"])) for fix in plain["fixes"]
    )
    return Diagnostic(**{**plain, "span": span, "fixes": fixes})
