"""How settings are described, read from the environment, and refused if they cannot be meant.

A setting is a field of a dataclass, made by `setting`. Each can be given as an environment variable
`BACKSTEP_<NAME>`; `read` takes it from there, and refuses in one sentence what cannot be meant.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any, TypeVar

PREFIX = "BACKSTEP_"

Value = TypeVar("Value", bool, int, float, str)
Group = TypeVar("Group")


class SettingError(ValueError):
    """A setting that cannot be meant; the text is one sentence for whoever starts the program."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its variable, its value where nothing is given, and what is known of it."""

    variable: str
    default: int | float | str
    unit: str
    reason: str
    least: float | None
    """The smallest value; None if it must be above 0."""
    most: float
    choices: tuple[str, ...]
    right: Callable[[str], str] | None
    """Of a text: returns its normal form. Raises ValueError with what it must be."""

    def parse(self, text: str) -> int | float | str:
        """The value that a text gives. Raises SettingError."""
        try:
            return self.check(_parsed(self.default, text.strip()))
        except ValueError as wrong:
            raise self._refused(text, wrong) from None

    def check(self, value: int | float | str) -> int | float | str:
        """A value that is of the right type, in its normal form. Raises ValueError."""
        if isinstance(value, str):
            if self.choices and value not in self.choices:
                raise ValueError(f"must be one of {', '.join(self.choices)}")
            return value if self.right is None else self.right(value)
        if isinstance(value, bool):
            return value
        if not math.isfinite(value) or (value <= 0 if self.least is None else value < self.least):
            bound = "above 0" if self.least is None else f"of at least {self.least:g}"
            raise ValueError(f"must be a number {bound}")
        if value > self.most:
            raise ValueError(f"must be at most {self.most:,g}")
        return value

    def _refused(self, text: str, wrong: ValueError) -> SettingError:
        default = " ".join(filter(None, (shown(self.default), self.unit)))
        return SettingError(
            f"{self.variable}={shown(text)[:80]} is refused: it {wrong}"
            f" (where it is not given: {default})."
        )


def setting(
    default: Value,
    unit: str,
    reason: str,
    *,
    least: float | None = None,
    most: float = math.inf,
    choices: tuple[str, ...] = (),
    right: Callable[[str], str] | None = None,
) -> Value:
    """A dataclass' field that is a setting; a number must be above 0 unless `least` is given."""
    told = {"unit": unit, "reason": reason, "least": least, "most": most}
    return field(default=default, metadata={**told, "choices": choices, "right": right})


def settings_of(group: type[Any]) -> Iterator[tuple[str, Setting]]:
    """The settings of a dataclass, by the names of its fields."""
    for each in fields(group):
        default: Any = each.default
        yield each.name, Setting(PREFIX + each.name.upper(), default, **each.metadata)


def read(group: type[Group], environment: Mapping[str, str]) -> Group:
    """A dataclass of settings as an environment gives them. Raises SettingError."""
    given = {
        name: each.parse(environment[each.variable])
        for name, each in settings_of(group)
        if each.variable in environment
    }
    return group(**given)


def shown(value: int | float | str) -> str:
    """A value as an environment variable would have it, but for a password in an address."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return re.sub(r"://[^/@]*@", "://…@", value)
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)


_YES = ("1", "true", "yes", "on", "t", "y")
_NO = ("0", "false", "no", "off", "f", "n")


def _parsed(like: int | float | str, text: str) -> int | float | str:
    if isinstance(like, bool):
        if text.lower() not in (*_YES, *_NO):
            raise ValueError("must be true or false")
        return text.lower() in _YES
    if isinstance(like, int):
        if not re.fullmatch(r"-?[0-9]{1,20}", text):
            raise ValueError("must be a whole number")
        return int(text)
    if isinstance(like, float):
        try:
            return float(text)
        except ValueError:
            raise ValueError("must be a number") from None
    return text


_LINKS = re.compile(r"BACKSTEP_(SERVICE_(HOST|PORT\w*)|PORT(_\d+_(TCP|UDP)(_\w+)?)?)")
"""What Kubernetes tells every container of a service that is called backstep."""


def check_names(environment: Mapping[str, str], known: Iterable[str]) -> None:
    """Refuse a variable that looks like a setting and is none. Raises SettingError."""
    names = list(known)
    for name in sorted(environment):
        if not name.upper().startswith(PREFIX) or name in names or _LINKS.fullmatch(name):
            continue
        near = get_close_matches(name.upper(), names, 1, 0.8)
        meant = f"; {near[0]} may be meant" if near else ""
        raise SettingError(f"{name[:80]} is no setting{meant} (`backstep settings` lists them).")
