"""Dataclasses that a text has thousands of: frozen to the type checker, and quick to build.

A frozen dataclass sets each field by object.__setattr__, and takes three times as long to build.
Here the type checker alone sees that no field is set twice, as it does for the nodes of a graph.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:
    from dataclasses import dataclass

    def record(*, frozen: bool, slots: bool):
        """`@record(frozen=True, slots=True)`: a dataclass with the hash of a frozen one."""
        assert frozen

        def made(cls):
            return dataclass(slots=slots, unsafe_hash="__hash__" not in cls.__dict__)(cls)

        return made


__all__ = ["record"]
