"""A network written twice at once, as a definition and as PyTorch, a statement at a time.

Here are the steps that fit values of any shape; those that are layers stand elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Shape = tuple[int, ...]


@dataclass(slots=True)
class Writer:
    """A network on its way: both texts, and the name and shape of the value last made."""

    random: np.random.Generator
    kind: str
    ours: list[str] = field(default_factory=list)
    torch: list[str] = field(default_factory=list)
    last: str = ""
    shape: Shape = ()
    made: list[tuple[str, Shape]] = field(default_factory=list)
    owned: list[str] = field(default_factory=list)
    count: int = 0

    def choose(self, *choices: Any) -> Any:
        return choices[int(self.random.integers(len(choices)))]

    def declare(self, role: str, shape: Shape, drawn: str) -> str:
        self.count += 1
        name = f"{role[0]}{self.count}"
        sizes = f"[{', '.join(map(str, shape))}]" if shape else ""
        self.ours.append(f"{role} {name}{sizes} ~ {drawn}")
        return name

    def param(self, shape: Shape, drawn: str = "normal(0, 1)") -> str:
        return self.declare("param", shape, drawn)

    def fresh(self) -> str:
        self.count += 1
        return f"h{self.count}"

    def give(self, ours: str, torch: str, shape: Shape, name: str | None = None) -> None:
        """One statement: the new value from the last, which both texts call `{x}`."""
        name = name or self.fresh()
        self.ours.append(f"{name} = {ours.format(x=self.last, name=name)}")
        self.torch.append(f"{name} = {torch.format(x=self.last, name=name)}")
        self.settle(name, shape)

    def settle(self, name: str, shape: Shape) -> None:
        self.last, self.shape = name, shape
        self.made.append((name, shape))


Step = Callable[[Writer], None]

# A function in both languages. PyTorch's softplus is a straight line from 20 on unless told.
ACTIVATIONS: tuple[tuple[str, str], ...] = (
    ("tanh({x})", "torch.tanh({x})"),
    ("sigmoid({x})", "torch.sigmoid({x})"),
    ("relu({x})", "F.relu({x})"),
    ("leaky_relu({x}, slope=0.1)", "F.leaky_relu({x}, 0.1)"),
    ("elu({x})", "F.elu({x})"),
    ("selu({x})", "F.selu({x})"),
    ("gelu({x})", "F.gelu({x})"),
    ("silu({x})", "F.silu({x})"),
    ("softplus({x})", "F.softplus({x}, threshold=700.0)"),
    ("hardtanh({x})", "F.hardtanh({x})"),
    ("clip({x}, -1, 1.5)", "{x}.clamp(-1, 1.5)"),
    ("sin({x}) + cos({x}/2)", "torch.sin({x}) + torch.cos({x}/2)"),
    ("log(1 + square({x}))", "torch.log(1 + {x}**2)"),
    ("sqrt(1 + {x}^2)", "torch.sqrt(1 + {x}**2)"),
    ("abs({x})^1.5", "{x}.abs()**1.5"),
    ("exp(-{x}^2/2)", "torch.exp(-{x}**2/2)"),
    ("where({x} > 0.1, {x}^2, -{x}/3)", "torch.where({x} > 0.1, {x}**2, -{x}/3)"),
    ("maximum({x}, 0.3)*minimum({x}, 0.7)", "{x}.clamp(min=0.3)*{x}.clamp(max=0.7)"),
    ("2^tanh({x}) + step({x})", "2**torch.tanh({x}) + ({x} > 0)"),
)


def activation(w: Writer) -> None:
    ours, torch = w.choose(*ACTIVATIONS)
    w.give(ours, torch, w.shape)


def scale(w: Writer) -> None:
    """A product and a sum that broadcast in one way or another."""
    factor = w.param(w.choose((), (1,), w.shape[-1:], (1,) * len(w.shape), w.shape))
    shift = w.param(w.choose((), w.shape[-1:], w.shape))
    w.give(f"{{x}}*{factor} + {shift}", f"{{x}}*{factor} + {shift}", w.shape)


def reduce(w: Writer) -> None:
    """The value with something of all of it, or of one axis of it."""
    axis = int(w.random.integers(len(w.shape)))
    ours, torch = w.choose(
        ("{x} - mean({x})", "{x} - {x}.mean()"),
        ("{x}/(1 + norm({x}))", "{x}/(1 + torch.linalg.vector_norm({x}))"),
        ("{x}*logsumexp({x})", "{x}*torch.logsumexp({x}.flatten(), 0)"),
        ("{x}/sqrt(var({x}) + 1)", "{x}/torch.sqrt({x}.var(correction=0) + 1)"),
        ("{x}*max({x}) + min({x})", "{x}*{x}.amax() + {x}.amin()"),
        (f"{{x}}*sum(max({{x}}, axis={axis}))", f"{{x}}*{{x}}.amax({axis}).sum()"),
        (f"{{x}}*mean(norm({{x}}, axis={axis}))", f"{{x}}*{{x}}.norm(dim={axis}).mean()"),
        (f"{{x}} + sum(prod({{x}}, axis={axis}))", f"{{x}} + {{x}}.prod({axis}).sum()"),
        (
            f"{{x}} - mean(var({{x}}, axis={axis}))",
            f"{{x}} - {{x}}.var({axis}, correction=0).mean()",
        ),
        ("{x} + sum(min({x}, axis=-1))/4", "{x} + {x}.amin(-1).sum()/4"),
        (f"softmax({{x}}, axis={axis}, temperature=2)", f"F.softmax({{x}}/2, {axis})"),
        (f"log_softmax({{x}}, axis={axis})", f"F.log_softmax({{x}}, {axis})"),
        (f"{{x}} - mean(logsumexp({{x}}, axis={axis}))", f"{{x}} - {{x}}.logsumexp({axis}).mean()"),
    )
    w.give(ours, torch, w.shape)


def skip(w: Writer) -> None:
    """An earlier value of the same shape again."""
    earlier = w.choose(*[name for name, shape in w.made if shape == w.shape])
    w.give(f"{{x}} + {earlier}/2", f"{{x}} + {earlier}/2", w.shape)


def turn(w: Writer) -> None:
    size = w.shape[-1]
    ours, torch, shape = w.choose(
        ("concat({x}, 2*{x}, axis=-1)", "torch.cat([{x}, 2*{x}], -1)", (*w.shape[:-1], 2 * size)),
        ("stack({x}, {x}^2, axis=0)[1]", "torch.stack([{x}, {x}**2])[1]", w.shape),
        ("({x}.T*1).T", "{x}*1", w.shape),
        ("reshape(flatten({x}), " + ", ".join(map(str, w.shape)) + ")", "{x} + 0", w.shape),
    )
    w.give(ours, torch, shape)


def function(w: Writer) -> None:
    name = f"f{w.count}"
    w.ours.append(f"{name}(u, v) = u*sigmoid(v) + v/3")
    w.give(
        f"{name}({{x}}, {name}({{x}}, 1))",
        "{x}*torch.sigmoid({x}*torch.sigmoid(torch.tensor(1.0)) + 1/3) "
        "+ ({x}*torch.sigmoid(torch.tensor(1.0)) + 1/3)/3",
        w.shape,
    )


ANYWHERE: tuple[Step, ...] = (activation, activation, scale, reduce, skip, turn, function)
