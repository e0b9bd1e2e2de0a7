"""What a hostile input is. Holds no checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Case:
    """One input: a call with a JSON body, an address to get, or bytes for the socket."""

    id: str
    call: str = ""
    body: Any = None
    raw: bytes = b""

    @property
    def kind(self) -> str:
        """What it is about: the id's first part."""
        return self.id.partition("/")[0]
