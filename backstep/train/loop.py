"""The loop of a training, piece by piece: from a state to its events and the next state.

A state is plain numbers, so that the next piece can run in another process.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Literal

import numpy as np

from backstep.lang.compile.definition import Definition
from backstep.layout.plates import norm
from backstep.ops.row import Array
from backstep.train.examples import Examples, Rows, reread
from backstep.train.network import Network, Parameter
from backstep.train.update import Update

End = Literal["done", "diverged", "at_rest"]


@dataclass(frozen=True, slots=True)
class State:
    """The state of a training after `step` updates: `Update.changed` by name, each a vector."""

    step: int
    kept: Mapping[str, Array]

    @property
    def vector(self) -> Array:
        """All parameters, in their order."""
        return self.kept["w"]


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known after `step` updates: the loss and gradient that the next update reads.

    `loss` is over the examples of that update, and `rate` its learning rate.
    """

    state: State
    loss: float
    gradient: Array
    norm: float
    rate: float

    @property
    def finite(self) -> bool:
        """Whether an update is possible."""
        return isfinite(self.loss) and isfinite(self.norm)


class Training:
    """A definition, its examples and an update, combined."""

    def __init__(
        self,
        definition: Definition,
        start: Mapping[str, Array],
        examples: Examples,
        update: Update,
    ) -> None:
        self.definition = definition
        self.examples = examples
        self.update = update
        self._networks: dict[int, Network] = {}
        self._start = start
        self.network = self.networks(min(examples.size, examples.count))

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """What is trained."""
        return self.network.parameters

    def networks(self, length: int) -> Network:
        """The network for so many examples at once; for one example if the text is for one.

        Raises RequestError if the text does not fit that many.
        """
        rows = self.examples.rows
        wanted = length if self.examples.whole else 1
        if wanted not in self._networks:
            own = {leaf.node.shape[:1] for leaf in self.definition.leaves if leaf.name in rows}
            again = self.examples.whole and own != {(length,)}
            read = reread(self.definition, tuple(rows), length) if again else self.definition
            self._networks[wanted] = Network(read)
        return self._networks[wanted]

    def work(self, updates: int) -> tuple[int, int]:
        """Scalar operations, and node evaluations, of so many updates."""
        times = updates if self.examples.whole else updates * self.examples.size
        return times * self.network.work, times * self.network.count

    def begin(self) -> State:
        """The state before the first update."""
        vectors = [np.ravel(self._start[each.name]) for each in self.parameters]
        vector = np.concatenate([np.empty(0), *vectors])
        kept = {name: np.zeros(vector.shape) for name in self.update.changed}
        if "a" in kept:
            kept["a"] = vector
        return State(0, {**kept, "w": vector})

    def look(self, state: State) -> Moment:
        """The loss and the gradient that the next update reads."""
        examples = self.examples
        chosen = examples.chosen(state.step)
        if examples.whole:
            length = examples.count if chosen is None else len(chosen)
            network = self.networks(length)
            data = examples.data(chosen)
            loss, gradient = network.gradient(data, state.vector, state.step)
        else:
            loss, gradient = self._mean(state, chosen)
        return Moment(state, loss, gradient, norm(gradient), self.update.rate(state.step + 1))

    def _mean(self, state: State, chosen: Rows | None) -> tuple[float, Array]:
        draw = state.step * self.examples.size
        examples = self.examples
        if not examples.rows:
            return self.network.gradient(examples.fixed, state.vector, draw)
        rows = examples.rows
        if chosen is not None:
            rows = {name: each[chosen] for name, each in rows.items()}
        return self.network.mean(rows, examples.fixed, state.vector, draw)

    def loss(self, vector: Array) -> float:
        """The loss over all examples, nothing dropped."""
        examples = self.examples
        if examples.whole:
            return self.networks(examples.count).loss(examples.data(None), vector)
        found = [self.network.loss(data, vector) for data in examples.one_by_one(None)]
        return sum(found) / len(found)

    def held_out_loss(self, vector: Array) -> float | None:
        """The loss over the examples that no update reads, nothing dropped; None without any."""
        held, examples = self.examples.held_out, self.examples
        if not held:
            return None
        if examples.whole:
            return self.networks(examples.held).loss({**examples.fixed, **held}, vector)
        found = [
            self.network.loss(
                {**examples.fixed, **{name: each[row] for name, each in held.items()}}, vector
            )
            for row in range(examples.held)
        ]
        return sum(found) / len(found)

    def held_out_work(self, times: int) -> tuple[int, int]:
        """Scalar operations, and node evaluations, of so many of these losses, at most."""
        if not self.examples.held:
            return 0, 0
        network = self.networks(self.examples.held)
        times *= 1 if self.examples.whole else self.examples.held
        return times * network.work, times * network.count

    def move(self, moment: Moment) -> State:
        """The state after the update that follows the moment."""
        state = moment.state
        kept = self.update.run(state.step + 1, moment.norm, state.kept, moment.gradient)
        return State(state.step + 1, kept)

    def ended(self, moment: Moment, updates: int) -> End | None:
        """Why no update follows a moment, if none does."""
        if not moment.finite:
            return "diverged"
        if moment.state.step >= updates:
            return "done"
        return "at_rest" if self._rests(moment) else None

    def run(self, state: State, updates: int) -> Iterator[Moment]:
        """The moments from a state on, to the last one."""
        moment = self.look(state)
        yield moment
        while self.ended(moment, updates) is None:
            moment = self.look(self.move(moment))
            yield moment

    def _rests(self, moment: Moment) -> bool:
        """Whether no update will ever move a parameter again: the gradient of all examples is 0 in
        every element, and nothing else moves them.
        """
        if self.examples.size < self.examples.count or moment.gradient.any():
            return False
        options, kept = self.update.options, moment.state.kept
        decays = options.decay is not None and kept["w"].any()
        return not decays and not any(kept[name].any() for name in options.optimiser.state)
