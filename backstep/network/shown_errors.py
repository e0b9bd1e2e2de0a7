"""Errors of a network's methods, printed with the line that they are about and a caret below it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from backstep.errors import AnswerError, BackstepError
from backstep.lang.diagnostics.report import format_faults


@contextmanager
def shown(text: str, answer: str = "") -> Iterator[None]:
    """Gives an error that leaves the block its printed form.

    Its places are in `text`, those of an AnswerError in `answer`. A block inside has the first say.
    """
    try:
        yield
    except BackstepError as error:
        read = answer if isinstance(error, AnswerError) else text
        if error.printed is None:
            error.printed = format_faults(read, error.faults)
        raise
