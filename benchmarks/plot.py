"""The README's plot: by net, others' time as a multiple of ours, on a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Mapping

COLOURS = {
    "NumPy by hand": "#7a7a7a",
    "PyTorch eager": "#d1495b",
    "jax.jit": "#2e86ab",
    "PyTensor": "#8a6fb0",
    "CasADi SX": "#3a9d5d",
}
WIDE, ROW, LEFT, RIGHT, TOP = 720, 26, 190, 20, 52


def drawn(steady: Mapping[str, Mapping[str, float]]) -> str:
    """An SVG on white, so that it reads on any page."""
    names = [name for name in COLOURS if any(name in times for times in steady.values())]
    shares = {
        net: {name: times[name] / times["Backstep"] for name in names if name in times}
        for net, times in steady.items()
    }
    every = [1.0, *(each for row in shares.values() for each in row.values())]
    low, high = (
        math.floor(math.log10(min(every)) * 2) / 2,
        math.ceil(math.log10(max(every)) * 2) / 2,
    )
    tall = TOP + ROW * len(shares) + 34

    def across(share: float) -> float:
        return LEFT + (math.log10(share) - low) / (high - low) * (WIDE - LEFT - RIGHT)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {tall}" role="img" '
        'font-family="sans-serif" font-size="13">',
        "<title>Time of others as a multiple of Backstep's, by network</title>",
        f'<rect width="{WIDE}" height="{tall}" fill="#ffffff"/>',
    ]
    place = float(LEFT)
    for name in names:
        parts.append(f'<circle cx="{place:.0f}" cy="20" r="5" fill="{COLOURS[name]}"/>')
        parts.append(f'<text x="{place + 10:.0f}" y="24.5" fill="#222222">{name}</text>')
        place += 24 + 7.4 * len(name)
    ticks = [10.0**power for power in range(math.ceil(low), int(high) + 1)]
    for tick in ticks:
        x, weight = across(tick), 1.5 if tick == 1 else 0.5
        parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 14}" y2="{tall - 30}" stroke="#888888" '
            f'stroke-width="{weight}"/>'
        )
        said = "as fast" if tick == 1 else f"{tick:g} ×"
        parts.append(
            f'<text x="{x:.1f}" y="{tall - 12}" text-anchor="middle" fill="#222222">{said}</text>'
        )
    for row, (net, found) in enumerate(shares.items()):
        y = TOP + ROW * row
        parts.append(f'<text x="10" y="{y + 4.5}" fill="#222222">{net}</text>')
        parts += [
            f'<circle cx="{across(share):.1f}" cy="{y}" r="5" fill="{COLOURS[name]}"/>'
            for name, share in found.items()
        ]
    return "\n".join([*parts, "</svg>", ""])
