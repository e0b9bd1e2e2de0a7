"""The curves of a function and its derivative as one small SVG, with axes, ticks and gaps.

Colours are the page's, by class; the derivative is also dashed, so that colours are not needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10

from backstep.drawing.svg import environment
from backstep.notation.figures import short

Point = tuple[float, float]
Range = tuple[float, float]

WIDTH, HEIGHT = 300.0, 180.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 34.0, 8.0, 8.0, 20.0
MOST = 4.0
"""Values past this, up or down, leave the picture."""
_MARGIN = 0.06
_TICKS = 5
_FAR = 4 * HEIGHT
"""The coordinate of points that are far outside: a path needs no larger number."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Continuous pieces; at a jump the function's value is `closed`, the other limit `open`."""

    pieces: tuple[tuple[Point, ...], ...]
    closed: tuple[Point, ...] = ()
    open: tuple[Point, ...] = ()

    def extent(self) -> Range:
        """Its least and its greatest value; both 0 if it has none."""
        values = [y for piece in self.pieces for _, y in piece]
        return min(values, default=0.0), max(values, default=0.0)


@dataclass(frozen=True, slots=True)
class _Frame:
    """The map from values to the picture's coordinates."""

    across: Range
    up: Range

    def x(self, value: float) -> float:
        low, high = self.across
        return _LEFT + (value - low) / (high - low) * (WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        low, high = self.up
        at = HEIGHT - _BOTTOM - (value - low) / (high - low) * (HEIGHT - _TOP - _BOTTOM)
        return min(max(at, -_FAR), _FAR)

    def place(self, point: Point) -> tuple[float, float]:
        return round(self.x(point[0]), 1), round(self.y(point[1]), 1)


def plot(name: str, across: Range, value: Curve, derivative: Curve) -> str:
    """The picture as SVG text; its title and description describe the curves."""
    frame = _Frame(across, _visible(value, derivative))
    content = {
        "id": name,
        "width": WIDTH,
        "height": HEIGHT,
        "inner": (_LEFT, _TOP, WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM),
        "title": f"{name} and its derivative",
        "description": _said(across, value, derivative),
        "axes": (round(frame.x(0.0), 1), round(frame.y(0.0), 1)),
        "columns": [(round(frame.x(at), 1), short(at)) for at in ticks(across)],
        "rows": [(round(frame.y(at), 1), short(at)) for at in ticks(frame.up)],
        "curves": [
            _drawn(curve, role, frame)
            # The dashed curve on top, so that both are seen where they coincide.
            for curve, role in ((value, "value"), (derivative, "partial"))
        ],
    }
    return environment().get_template("plot.svg").render(**content).strip()


def _visible(*curves: Curve) -> Range:
    """The vertical range: all of the curves within MOST, 0, and a margin."""
    low = max(min(0.0, *(curve.extent()[0] for curve in curves)), -MOST)
    high = min(max(0.0, *(curve.extent()[1] for curve in curves)), MOST)
    margin = _MARGIN * (high - low or 1.0)
    return low - margin, high + margin


def ticks(within: Range) -> list[float]:
    """Round numbers in a range, few enough to be read: 1, 2 or 5 times a power of ten apart."""
    low, high = within
    rough = (high - low) / _TICKS
    power = 10.0 ** floor(log10(rough))
    apart = next(times * power for times in (1, 2, 5, 10) if times * power >= rough)
    return [at * apart for at in range(ceil(low / apart), floor(high / apart) + 1)]


def _drawn(curve: Curve, role: str, frame: _Frame) -> dict[str, object]:
    paths = [
        "M" + " L".join(f"{x:g} {y:g}" for x, y in map(frame.place, piece))
        for piece in curve.pieces
        if len(piece) > 1
    ]
    return {
        "role": role,
        "path": " ".join(paths),
        "closed": list(map(frame.place, curve.closed)),
        "open": list(map(frame.place, curve.open)),
    }


def _said(across: Range, value: Curve, derivative: Curve) -> str:
    """The picture in a sentence, for screen readers."""
    parts = []
    for what, curve in (("the value", value), ("the derivative", derivative)):
        low, high = curve.extent()
        if low == high:
            parts.append(f"{what} is {short(low)}")
            continue
        ends = [
            "−∞" if low < -MOST * 1e3 else short(low, 3),
            "∞" if high > MOST * 1e3 else short(high, 3),
        ]
        parts.append(f"{what} runs between {ends[0]} and {ends[1]}")
    return f"From {short(across[0])} to {short(across[1])} {' and '.join(parts)}."
