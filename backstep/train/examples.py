"""The examples of a training, and which of them an update reads.

A definition is for one example, or for a batch: then the first axis of its inputs and targets goes
over the examples, and it is compiled again for batches of another size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from backstep.errors import DefinitionError, Diagnostic, LimitError, RequestError
from backstep.lang.compile.compiler import compile_text
from backstep.lang.compile.definition import Definition
from backstep.ops.row import Array
from backstep.train.network import parameters

_FED = ("input", "target")
Rows = NDArray[np.int64]
"""Numbers of examples, from 0."""


@dataclass(frozen=True, slots=True)
class Examples:
    """`rows` by name, with a row for each example; `count` of them. `whole`: the text is for a
    batch.

    What is not among the rows is the same for all, in `fixed`. If the definition is its only
    example, `count` is 1 and there are no rows. Updates read `size` of them, in the order of
    epochs, `shuffle`d if so, keyed by `seed`. Rows that no update reads are in `held_out`.
    """

    rows: Mapping[str, Array]
    fixed: Mapping[str, Array]
    count: int
    whole: bool
    size: int
    shuffle: bool
    seed: int
    held_out: Mapping[str, Array] = field(default_factory=dict)
    holdout: int | None = None
    """Of so many examples in a row the last is held out."""

    @property
    def held(self) -> int:
        """How many are held out."""
        return len(next(iter(self.held_out.values()), ()))

    @property
    def every(self) -> Mapping[str, Array]:
        """All examples by name in their order, those that are held out too."""
        if self.holdout is None:
            return self.rows
        order = np.argsort(
            np.concatenate(
                [
                    self.numbers(np.arange(self.count)),
                    np.arange(1, self.held + 1) * self.holdout - 1,
                ]
            )
        )
        return {
            name: np.concatenate([each, self.held_out[name]])[order]
            for name, each in self.rows.items()
        }

    def numbers(self, places: Rows) -> Rows:
        """The numbers, among all examples, of those at these places among the rows."""
        return places if self.holdout is None else places + places // (self.holdout - 1)

    @property
    def an_epoch(self) -> int:
        """Updates that read every example once; the last may read fewer than the others."""
        return -(-self.count // self.size)

    def epoch(self, number: int) -> int:
        """The epoch of an update, both from 0."""
        return number // self.an_epoch

    def chosen(self, number: int) -> Rows | None:
        """The rows that update `number`, from 0, reads; None: all, in their order."""
        if self.size >= self.count:
            return None
        at = number % self.an_epoch * self.size
        return self._order(self.epoch(number))[at : at + self.size]

    def read(self, number: int) -> Rows:
        """The numbers of the examples that update `number`, from 0, reads, from the first to the
        last."""
        chosen = self.chosen(number)
        return self.numbers(np.arange(self.count) if chosen is None else np.sort(chosen))

    def _order(self, epoch: int) -> Rows:
        if not self.shuffle:
            return np.arange(self.count)
        return np.random.Generator(np.random.PCG64([self.seed, epoch])).permutation(self.count)

    def data(self, chosen: Rows | None) -> Mapping[str, Array]:
        """The inputs and targets for these rows, by name."""
        if chosen is None:
            return {**self.fixed, **self.rows}
        return {**self.fixed, **{name: rows[chosen] for name, rows in self.rows.items()}}

    def one_by_one(self, chosen: Rows | None) -> Iterator[Mapping[str, Array]]:
        """The inputs and targets for each of these rows, for a definition of one example."""
        for row in range(self.count) if chosen is None else chosen:
            yield {**self.fixed, **{name: rows[row] for name, rows in self.rows.items()}}

    def sizes(self) -> set[int]:
        """The possible numbers of rows of an update."""
        return {min(self.size, self.count), self.count - (self.an_epoch - 1) * self.size}


def rows_of(definition: Definition) -> int | None:
    """How many examples the definition is a batch of; None if it is for one.

    It is a batch if the first axes of all inputs and targets have one length, and the text can be
    compiled for other lengths without a change of its parameters' shapes.
    """
    fed = [leaf for leaf in definition.leaves if leaf.role in _FED]
    lengths = {leaf.node.shape[:1] for leaf in fed}
    if len(lengths) != 1 or lengths == {()} or any(leaf.structural for leaf in fed):
        return None
    ((length,),) = lengths
    try:
        # Shorter too: of a sequence that is read element by element some would be missing.
        for other in (1, length + 1):
            reread(definition, [leaf.name for leaf in fed], other)
    except (RequestError, LimitError):
        return None
    return length


def reread(definition: Definition, names: Sequence[str], length: int) -> Definition:
    """The definition for `length` examples along the first axis of the names.

    Raises RequestError if that does not fit its text, or would change its parameters, and
    LimitError.
    """
    found = _reread(definition.source, tuple(names), length)
    if isinstance(found, DefinitionError):
        fault = found.faults[0]
        where = "" if fault.span is None else f"line {fault.span.line}: "
        raise _not_a_batch(f"for {length} examples the text does not fit: {where}{fault.message}")
    if [(each.name, each.shape) for each in parameters(found)] != [
        (each.name, each.shape) for each in parameters(definition)
    ]:
        raise _not_a_batch(f"for {length} examples the text would have other parameters")
    return found


@lru_cache(maxsize=32)
def _reread(source: str, names: tuple[str, ...], length: int) -> Definition | DefinitionError:
    try:
        return compile_text(source, dict.fromkeys(names, length))
    except DefinitionError as error:
        return error


def _not_a_batch(message: str) -> RequestError:
    hint = "the first axis of every input and target must go over the examples, and no size of it "
    return RequestError(Diagnostic("not_a_batch", message, hint + "may be written elsewhere"))
