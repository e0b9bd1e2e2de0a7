"""What a text is held against: each column says whether it agrees with backprop. Chooses no texts.

A column that cannot be tried says why; that is told by name, and is no agreement.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from typing import Any, Literal
from unittest.mock import patch

import numpy as np

from backstep.clock import OutOfTime
from backstep.errors import BackstepError, LimitError
from backstep.gradient_check.run import _MOST_OPERATIONS
from backstep.lang.compile.compiler import compile_text
from tests.asking import CALLS
from tests.binding.reading import array, backprop, read_back
from tests.cut import within
from tests.systems.torch_disagreements import MET_BY_CHANCE
from tests.systems.torch_twins import CLOSE, ROUNDING, compare
from tests.verified.texts import Text

SECONDS = 20.0
"""Processor time of one column of one text."""
State = Literal["agrees", "disagrees", "not tried"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one column: its state, why, and how many elements were compared."""

    state: State
    why: str = ""
    elements: int = 0


Column = Callable[[Text], Outcome]


def run(text: Text) -> dict[str, Outcome]:
    """Every column of a text."""
    return {name: _tried(column, text) for name, column in COLUMNS.items()}


def _tried(column: Column, text: Text) -> Outcome:
    try:
        with within(SECONDS):
            return column(text)
    except OutOfTime:
        return Outcome("not tried", f"not done in {SECONDS:g} s of processor time")
    except LimitError as refusal:
        return Outcome("not tried", _kind(refusal.faults[0].message))
    except BackstepError as refusal:
        return Outcome("disagrees", f"refused: {refusal.faults[0].message}")
    except Exception as error:  # a fault of any kind is what is looked for
        return Outcome("disagrees", f"{type(error).__name__}: {error}")


def _kind(message: str) -> str:
    """A reason without its numbers and the name it is about, so that equal ones are one."""
    message = re.sub(r"^∂\S+( \S+)?: ", "", message)
    return re.sub(r"\d[\d,.]*", "…", message)


def _asked(text: Text) -> dict[str, Any]:
    """The request for all leaves that have a partial."""
    definition = compile_text(text.source)
    leaves = [leaf for leaf in definition.leaves if not leaf.label and leaf.role != "const"]
    # A name given again means its last value, and the leaf has none of its own.
    wrt = [leaf.name for leaf in leaves if len(definition.names[leaf.name]) == 1]
    return {"source": text.source, "wrt": wrt}


def _apart(name: str, found: np.ndarray, wanted: np.ndarray, largest: float) -> str | None:
    """What differs, where something does: rounding apart, relative to itself and to the largest."""
    if found.shape != wanted.shape:
        return f"{name} has shape {list(found.shape)} and not {list(wanted.shape)}"
    with np.errstate(all="ignore"):
        near = np.abs(found - wanted) <= CLOSE * np.abs(wanted) + ROUNDING * largest
    same = near | (found == wanted) | (np.isnan(found) & np.isnan(wanted))
    if same.all():
        return None
    at = tuple(int(place) for place in np.argwhere(~same)[0])
    return f"{name}{list(at) if at else ''} is {found[at]!r} and not {wanted[at]!r}"


def _compared(found: Mapping[str, np.ndarray], wanted: Mapping[str, np.ndarray]) -> Outcome:
    if not found:
        return Outcome("not tried", "no leaf has a partial")
    finite = [np.abs(each[np.isfinite(each)]) for each in wanted.values()]
    largest = max((float(np.max(each, initial=1.0)) for each in finite), default=1.0)
    for name, each in found.items():
        if (said := _apart(name, each, wanted[name], largest)) is not None:
            return Outcome("disagrees", said)
    return Outcome("agrees", elements=sum(each.size for each in found.values()))


# The closed formula and the differences


def _three_way(which: str, text: Text) -> Outcome:
    asked = _asked(text)
    if not asked["wrt"]:
        return Outcome("not tried", "no leaf has a partial")
    # Where a closed formula takes long, the differences are none the worse for it.
    most = _MOST_OPERATIONS if which == "symbolic" else 0
    with patch("backstep.gradient_check.run._MOST_OPERATIONS", most):
        summed = CALLS["check"]({**asked, "limit": 3})[which]
    if not summed["within"]:
        return Outcome("disagrees", f"{summed['name']} is {summed['worst']:.3g} apart")
    if not summed["compared"]:
        return Outcome("not tried", _left(which, summed["skipped"]))
    return Outcome("agrees", elements=summed["compared"])


def _left(which: str, said: str | None) -> str:
    if said is None or not said.startswith("of "):
        return "the closed form is past its limit" if which == "symbolic" else _kind(str(said))
    # "of 3 elements are not compared: 3 where a value is no finite number"
    return "; ".join(part.strip("… ") for part in _kind(said.partition(": ")[2]).split(";"))


# The printed formulas


def _read_again(form: str, text: Text) -> Outcome:
    """The form's formulas, behind the definition's own text, evaluated as any other text."""
    asked = _asked(text)
    if not asked["wrt"]:
        return Outcome("not tried", "no leaf has a partial")
    answer = CALLS["derive"]({**asked, "form": form})
    given = [(each["name"], each["text"]) for each in answer.get("definitions", ())]
    names = [f"read{place}" for place in range(len(answer["gradients"]))]
    texts = [each["text"] for each in answer["gradients"].values()]
    found = read_back(text.source, [*given, *zip(names, texts, strict=True)])
    partials = backprop(text.source)
    keys = list(answer["gradients"])
    read = {key: found[name] for key, name in zip(keys, names, strict=True)}
    wanted = {key: partials.get(key, np.zeros(read[key].shape)) for key in keys}
    return _compared(read, wanted)


# The walk


def _walked(zoom: str, text: Text) -> Outcome:
    """The partials at which the walk at a zoom ends; of a tensor, at the finest, element by
    element."""
    asked = _asked(text)
    walk = CALLS["steps"]({**asked, "zoom": zoom})
    partials = backprop(text.source)
    found: dict[str, np.ndarray] = {}
    wanted: dict[str, np.ndarray] = {}
    for step in walk["steps"]:
        if step["phase"] != "backward" or step["name"] is None or step["partial"] is None:
            continue
        base, _, place = step["name"].partition("[")
        if base not in asked["wrt"] or base not in partials:
            continue
        whole = partials[base]
        at = tuple(int(each) for each in place.rstrip("]").split(",")) if place else ()
        found[step["name"]] = array(step["partial"])
        wanted[step["name"]] = np.asarray(whole[at])
    return _compared(found, wanted)


# PyTorch


def _by_torch(text: Text) -> Outcome:
    if text.torch is None:
        return Outcome("not tried", NO_TWIN)
    if find_spec("torch") is None:
        return Outcome("not tried", NO_TORCH)
    compared = compare(text.source, text.torch)
    if compared.apart and compared.warnings & MET_BY_CHANCE:
        met = ", ".join(sorted(compared.warnings & MET_BY_CHANCE))
        return Outcome("not tried", f"meets a known disagreement ({met})")
    if compared.apart:
        return Outcome("disagrees", "; ".join(compared.apart))
    both = (*compared.values.values(), *compared.partials.values())
    return Outcome("agrees", elements=sum(each.ours.size for each in both))


NO_TWIN = "is not written as PyTorch"
NO_TORCH = "PyTorch is not installed"

COLUMNS: Mapping[str, Column] = {
    "closed formula": partial(_three_way, "symbolic"),
    "differences": partial(_three_way, "differences"),
    "matrix form read back": partial(_read_again, "matrix"),
    "shared form read back": partial(_read_again, "shared"),
    "walk by statements": partial(_walked, "block"),
    "walk by operations": partial(_walked, "tensor"),
    "walk by scalars": partial(_walked, "scalar"),
    "PyTorch": _by_torch,
}
