"""Dataclasses that a text has thousands of, and properties that every request computes anew.

A frozen dataclass sets each field by object.__setattr__, and takes three times as long to build.
Here the type checker alone sees that no field is set twice, as it does for the nodes of a graph.
A `cached_property` takes a lock before Python 3.12, which is half of the time of a small one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as record
    from functools import cached_property as lazy_property
else:
    from dataclasses import dataclass

    def record(*, frozen: bool, slots: bool):
        """`@record(frozen=True, slots=True)`: a dataclass with the hash of a frozen one."""
        assert frozen

        def made(cls):
            return dataclass(slots=slots, unsafe_hash="__hash__" not in cls.__dict__)(cls)

        return made

    class lazy_property:  # noqa: N801 (used as functools names its own)
        """A property that is computed when it is first read, and kept; without a lock."""

        def __init__(self, compute):
            self.compute, self.__doc__ = compute, compute.__doc__

        def __set_name__(self, owner, name):
            self.name = name

        def __get__(self, instance, owner=None):
            if instance is None:
                return self
            found = instance.__dict__[self.name] = self.compute(instance)
            return found


__all__ = ["lazy_property", "record"]
