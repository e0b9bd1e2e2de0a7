"""Preparing a training: examples, options, what is watched, all within limits.

Runs no update; that is the loop's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import TypeVar

import numpy as np

from backstep.binding.bind import BoundModel, given_array, given_twice, outline, pointer
from backstep.errors import (
    BackstepError,
    DefinitionError,
    Diagnostic,
    LimitError,
    RequestError,
    ValuesError,
)
from backstep.graph.shape import size, spell
from backstep.lang.compile.definition import Leaf
from backstep.lang.syntax.names import known_as
from backstep.limits import LIMITS
from backstep.notation.figures import short
from backstep.ops.row import Array
from backstep.train.examples import Examples
from backstep.train.fit import Fit, fit
from backstep.train.loop import Training
from backstep.train.network import parameters
from backstep.train.optimisers import OPTIMISERS, SCHEDULES, Optimiser, Setting
from backstep.train.update import Options, Update

EVENTS = 200
"""The default number of steps that are sent."""
Chosen = TypeVar("Chosen")
_FED = ("input", "target")
_ELEMENT = re.compile(r"(.+)\[([\d, -]+)\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOptions:
    """How a definition is trained, and what is reported; None is the default."""

    steps: int = 100
    """Updates to be made."""
    every: int | None = None
    """One of every so many steps is sent, and the last two; by default about 200 in all."""
    optimiser: str = "sgd"
    rate: float | None = None
    """The initial learning rate; by default the optimiser's own."""
    settings: Mapping[str, float] = field(default_factory=dict)
    """Numbers of the optimiser and of the schedule, by name."""
    schedule: str = "constant"
    weight_decay: float | None = None
    clip: float | None = None
    """A gradient longer than this, of all parameters together, is scaled down to it."""
    average: int | None = None
    """The mean of the parameters after every update past this one is kept too."""
    data: Mapping[str, object] = field(default_factory=dict)
    """Examples: for inputs and targets, by name, nested lists with an entry for each example."""
    batch: int | None = None
    """Examples of one update; by default all."""
    shuffle: bool = True
    seed: int = 0
    holdout: int | None = None
    """Of so many examples in a row the last is held out: no update reads it."""
    names: Sequence[str] | None = None
    """Parameters whose values are sent with each step; by default all, if they are few."""
    watch: str | None = None
    """A parameter or an element whose update is written out at each step."""
    fit: bool = False
    """Whether each step has the prediction over a grid."""


@dataclass(frozen=True, slots=True)
class PreparedTraining:
    """A training and what it sends.

    `names` are the parameters whose values are sent with each step, `watched` an element whose
    update is written out, by its parameter's name and its position in the vector of all.
    """

    prepared: BoundModel
    training: Training
    steps: int
    every: int
    names: tuple[str, ...]
    watched: tuple[str, int] | None
    fit: Fit | None
    no_fit: str | None

    @property
    def events(self) -> int:
        """How many steps are sent, the first and the last among them."""
        return len(range(0, self.steps, self.every)) + 2


def prepare_training(prepared: BoundModel, asked: TrainOptions) -> PreparedTraining:
    """The training of a definition with the requested options.

    Raises ValuesError for `data`, RequestError for what does not exist, and LimitError, before
    anything is computed.
    """
    _counted(asked)
    examples = _examples(prepared, asked)
    steps = asked.steps
    options = _options(asked)
    _bounded("train_steps", "steps", steps)
    training = Training(prepared.definition, prepared.leaves, examples, _update(prepared, options))
    if not training.parameters:
        fault = Diagnostic("nothing_to_train", "the definition has no parameter", "declare a param")
        raise RequestError(fault)
    for length in examples.sizes() | ({examples.held} - {0}):
        training.networks(length)
    found, why = None, None
    if asked.fit:
        found, why = fit(prepared.definition, prepared.leaves, examples)
    every = asked.every or max(1, -(-steps // EVENTS))
    names = _names(training, asked.names)
    watched = _watched(training, asked.watch)
    made = PreparedTraining(prepared, training, steps, every, names, watched, found, why)
    _admit(made)
    return made


def check_options(asked: TrainOptions) -> None:
    """Raises RequestError or LimitError for options that no definition could be trained with."""
    _counted(asked)
    _options(asked)
    _bounded("train_steps", "steps", asked.steps)


def _options(asked: TrainOptions) -> Options:
    optimiser = _chosen(OPTIMISERS, asked.optimiser, "optimiser")
    schedule = _chosen(SCHEDULES, asked.schedule, "schedule")
    known = {each.name: each for each in (*optimiser.settings, *schedule.settings)}
    given, most = asked.settings, max(asked.steps, 1)
    faults = [
        fault for name, value in given.items() if (fault := _misset(name, value, known)) is not None
    ]
    if faults:
        raise RequestError(*faults)
    return Options(
        optimiser,
        schedule,
        _positive(asked.rate, "rate", optimiser.rate),
        {
            name: float(given.get(name, most if each.default is None else each.default))
            for name, each in known.items()
        },
        _decay(asked.weight_decay, optimiser),
        None if asked.clip is None else _positive(asked.clip, "clip", 1.0),
        asked.average,
    )


def _chosen(known: Mapping[str, Chosen], name: str, field: str) -> Chosen:
    found = known.get(name)
    if found is None:
        message = f"there is no {field} '{str(name)[:40]}'"
        hint = f"there are: {', '.join(known)}"
        raise RequestError(Diagnostic(f"unknown_{field}", message, hint, pointer=f"/{field}"))
    return found


def _counted(asked: TrainOptions) -> None:
    """Raises RequestError for a number of steps or examples that is none."""
    counts = {"steps": 0, "every": 1, "batch": 1, "average": 0, "holdout": 2}
    faults = [
        Diagnostic("setting", f"'{name}' is a whole number from {least}", pointer=f"/{name}")
        for name, least in counts.items()
        if (given := getattr(asked, name)) is not None
        and (not isinstance(given, int | np.integer) or given < least)
    ]
    if faults:
        raise RequestError(*faults)


def _update(prepared: BoundModel, options: Options) -> Update:
    """The update, in letters that are not the printed form of any of the text's names."""
    definition = prepared.definition
    trained = [each.name for each in parameters(definition)]
    return Update(options, definition.names, trained)


def _decay(given: float | None, optimiser: Optimiser) -> float | None:
    return (optimiser.weight_decay if given is None else given) or None


def _positive(value: float | None, name: str, otherwise: float) -> float:
    if value is None:
        return otherwise
    if not (isfinite(value) and value > 0):
        raise RequestError(
            Diagnostic("setting", f"'{name}' is a number over 0", pointer=f"/{name}")
        )
    return float(value)


def _misset(name: str, value: float, known: Mapping[str, Setting]) -> Diagnostic | None:
    pointer = "/settings/" + name.replace("~", "~0").replace("/", "~1")
    setting = known.get(name)
    if setting is None:
        hint = f"there are: {', '.join(known)}" if known else "they take none"
        message = f"neither the optimiser nor the schedule has a setting '{name}'"
        return Diagnostic("unknown_setting", message, hint, pointer=pointer)
    if not setting.low <= value <= setting.high or (setting.integer and value != int(value)):
        kind = "a whole number" if setting.integer else "a number"
        ends = f"from {short(setting.low)} to {short(setting.high, 7)}"
        return Diagnostic("setting", f"'{name}' is {kind} {ends}", setting.doc, pointer=pointer)
    return None


def _names(training: Training, given: Sequence[str] | None) -> tuple[str, ...]:
    """The parameters that are sent: those requested, else all if they are few."""
    if given is None:
        numbers = sum(size(each.shape) for each in training.parameters)
        few = numbers <= LIMITS.listed_elements
        return tuple(each.name for each in training.parameters) if few else ()
    places = [
        _parameter(training, name, f"/names/{position}") for position, name in enumerate(given)
    ]
    return tuple(training.parameters[place].name for place in dict.fromkeys(places))


def _parameter(training: Training, name: str, pointer: str) -> int:
    """The position of a parameter among all. Raises RequestError."""
    names = [each.name for each in training.parameters]
    known = known_as(name, names)
    if known not in names:
        shown = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
        fault = Diagnostic(
            "unknown_name", f"'{name}' is no parameter", f"there are: {shown}", pointer=pointer
        )
        raise RequestError(fault)
    return names.index(known)


def _watched(training: Training, name: str | None) -> tuple[str, int] | None:
    if name is None:
        return None
    element = _ELEMENT.fullmatch(name)
    # A pass of `layers` has brackets too, within the name: h[0].W
    whole, inside = (name, "") if element is None else element.groups()
    parameter = training.parameters[_parameter(training, whole, "/watch")]
    try:
        at = [int(each) for each in inside.split(",")] if inside else []
        at = [each + n if each < 0 else each for each, n in zip(at, parameter.shape, strict=True)]
        place = int(np.ravel_multi_index(at, parameter.shape)) if at else 0
    except ValueError:
        shape = spell(parameter.shape)
        fault = Diagnostic(
            "unknown_element",
            f"'{name}' is no element of {whole}, which is {shape}",
            f"name one element, such as {whole}[{', '.join('0' for _ in parameter.shape)}]"
            if parameter.shape
            else f"write {whole}",
            pointer="/watch",
        )
        raise RequestError(fault) from None
    return parameter.name + (f"[{','.join(map(str, at))}]" if at else ""), parameter.start + place


def _examples(prepared: BoundModel, asked: TrainOptions) -> Examples:
    fed = {leaf.name: leaf for leaf in prepared.definition.leaves if leaf.role in _FED}
    data, batch, shuffle, seed = asked.data, asked.batch, asked.shuffle, asked.seed
    if data:
        rows, whole = _rows(data, fed)
    elif batch is not None or asked.holdout is not None:
        rows, whole = _own_rows(prepared, fed), True
    else:
        return Examples({}, prepared.leaves, 1, False, 1, False, 0)
    fixed = {name: value for name, value in prepared.leaves.items() if name not in rows}
    count = len(next(iter(rows.values())))
    _bounded("train_examples", "examples", count)
    held_out: Mapping[str, Array] = {}
    if asked.holdout is not None:
        rows, held_out = _parted(rows, asked.holdout, count)
        count = len(next(iter(rows.values())))
    batch_size = min(batch or count, count)
    return Examples(rows, fixed, count, whole, batch_size, shuffle, seed, held_out, asked.holdout)


def _parted(
    rows: Mapping[str, Array], holdout: int, count: int
) -> tuple[dict[str, Array], dict[str, Array]]:
    """The rows without every one that is held out, and these. Raises RequestError if none is."""
    held = np.arange(count) % holdout == holdout - 1
    if not held.any():
        message = f"of {count} examples none is the last of {holdout}"
        hint = f"hold out the last of every {count} or fewer" if count > 1 else None
        raise RequestError(Diagnostic("setting", message, hint, pointer="/holdout"))
    return (
        {name: each[~held] for name, each in rows.items()},
        {name: each[held] for name, each in rows.items()},
    )


def _own_rows(prepared: BoundModel, fed: Mapping[str, Leaf]) -> dict[str, Array]:
    """The rows of the text's own inputs and targets, each an example."""
    lengths = {name: leaf.node.shape[:1] for name, leaf in fed.items()}
    if len(set(lengths.values())) != 1 or () in lengths.values():
        said = ", ".join(f"{name} is {spell(leaf.node.shape)}" for name, leaf in fed.items())
        raise RequestError(
            Diagnostic(
                "no_examples",
                f"the first axes of inputs and targets are not as long, so that they hold no "
                f"examples: {said or 'there are none'}",
                "give the examples as `data`, or leave `batch` and `holdout` out",
                pointer="/batch",
            )
        )
    return {name: prepared.leaves[name] for name in fed}


def _rows(data: Mapping[str, object], fed: Mapping[str, Leaf]) -> tuple[dict[str, Array], bool]:
    """The given examples, and whether the text is for a batch of them."""
    faults: list[Diagnostic] = []
    rows: dict[str, Array] = {}
    wholes: set[bool] = set()
    for typed, value in data.items():
        name, at = known_as(typed, fed), pointer(typed, "data")
        leaf = fed.get(name)
        if leaf is None:
            message = f"'{typed}' is no input and no target"
            hint = f"there are: {', '.join(fed) or 'none'}"
            faults.append(Diagnostic("unknown_value", message, hint, pointer=at))
            continue
        found = _row(typed, value, leaf, at)
        if name != typed and name in data:
            found = given_twice(typed, name, "data")
        if isinstance(found, Diagnostic):
            faults.append(found)
        else:
            rows[name], whole = found
            wholes.add(whole)
    lengths = {len(each) for each in rows.values()}
    if not faults and len(lengths) > 1:
        said = ", ".join(f"{name} has {len(each)}" for name, each in rows.items())
        faults.append(
            Diagnostic(
                "data_length", f"there are not as many examples of each: {said}", pointer="/data"
            )
        )
    if not faults and len(wholes) > 1:
        message = "some of the data are for a batch, and some for one example"
        faults.append(Diagnostic("data_shape", message, pointer="/data"))
    if faults:
        raise ValuesError(*faults)
    return rows, wholes.pop()


def _row(name: str, value: object, leaf: Leaf, pointer: str) -> tuple[Array, bool] | Diagnostic:
    shape = leaf.node.shape
    given = outline(value)
    if not isinstance(value, list) or not value or given is None:
        message = f"'{name}' needs a list of examples"
        return Diagnostic("data_shape", message, "the same number for each name", pointer=pointer)
    if len(value) * max(size(given[1:]), 1) > LIMITS.tensor_elements:
        raise _past("tensor_elements", "numbers of one name", len(value) * size(given[1:]))
    for entry, whole in ((shape, False), (shape[1:], True)):
        if given[1:] == entry and (shape or not whole):
            found = given_array(name, value, (len(value), *entry), pointer)
            return found if isinstance(found, Diagnostic) else (found, whole)
    one = spell(shape) if shape else "a number"
    many = f", or {spell(shape[1:]) if shape[1:] else 'a number'} each for a batch" if shape else ""
    message = f"an example of '{name}' is {one}{many}; {spell(given[1:])} is given"
    return Diagnostic("data_shape", message, None, pointer=pointer)


def _admit(asked: PreparedTraining) -> None:
    """Raises LimitError if the training, or what it sends, would be too much."""
    training, fitted = asked.training, asked.fit
    numbers = sum(size(each.shape) for each in training.parameters)
    _bounded("train_parameters", "numbers to be learned", numbers)
    _bounded("train_events", "steps to be sent", asked.events, "send fewer, by `every`")
    sent = sum(size(each.shape) for each in training.parameters if each.name in asked.names)
    if fitted is not None:
        sent += size(tuple(len(axis.ticks) for axis in fitted.axes))
    _bounded("train_sent", "numbers to be sent", sent * asked.events, "send fewer, by `every`")
    work, count = training.work(asked.steps + 1)
    held_work, held_count = training.held_out_work(asked.events)
    work, count = work + held_work, count + held_count
    if fitted is not None:
        work, count = work + asked.events * fitted.work, count + asked.events * fitted.count
    fewer = "take fewer steps, or fewer examples at once, by `batch`"
    _bounded("train_arithmetic", "operations on numbers", work, fewer)
    _bounded("train_nodes", "operations", count, fewer)


def _bounded(limit: str, what: str, measured: int, hint: str = "ask for less") -> None:
    if measured > getattr(LIMITS, limit):
        raise _past(limit, what, measured, hint)


def _past(limit: str, what: str, measured: int, hint: str = "ask for less") -> LimitError:
    allowed = getattr(LIMITS, limit)
    message = f"{what} of this training: {measured:,} counted, {allowed:,} allowed"
    return LimitError(
        Diagnostic(limit, message, hint),
        details={"limit": limit, "measured": measured, "allowed": allowed},
    )


def of_data(
    error: BackstepError, data: Mapping[str, object], prepared: BoundModel
) -> BackstepError:
    """An error of a class number in `data`, at its place there."""
    labels = [leaf.name for leaf in prepared.definition.leaves if leaf.label and leaf.name in data]
    if not isinstance(error, DefinitionError) or len(labels) != 1:
        return error
    message = error.faults[0].message
    return ValuesError(
        Diagnostic("class_number", f"'{labels[0]}': {message}", pointer=f"/data/{labels[0]}")
    )
