"""`python3 run.py bench`: how fast, beside what a user would pick instead.

Parts: A forward and backward, B text to first gradient, C exact gradients in shared form, D
pictures, E feel (a browser), F serving, G many points at once. Each writes its place of
benchmarks/RESULTS.md, and A the README's plot. Libraries that are not installed are named as left
out; they come with `uv sync --inexact --group bench`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

HERE = Path(__file__).resolve().parent
PLOT = HERE.parent / "docs" / "images" / "speed.svg"
KEPT = HERE / "kept.json"
FALL = 1.10
"""What is so many times slower than at the last run, beside the fixed loop, is said."""


def remembered(steady: Mapping[str, Mapping[str, float]], loop: float) -> list[str]:
    """Keep our times as ratios to the fixed loop. Returns sentences about what became slower."""
    now = {net: times["Backstep"] / loop for net, times in steady.items()}
    before: dict[str, float] = {}
    if KEPT.exists():
        before = json.loads(KEPT.read_text(encoding="utf-8"))
    KEPT.write_text(json.dumps({**before, **now}, indent=2) + "\n", encoding="utf-8")
    return [
        f"{net} takes {100 * (each / before[net] - 1):.0f} % more than at the last run"
        for net, each in now.items()
        if net in before and each > FALL * before[net]
    ]


def race(parts: str, rounds: int, nets: str, write: bool) -> None:
    """Parts A and B."""
    from benchmarks import plot, race
    from benchmarks.nets import NETS
    from benchmarks.timing import fixed_loop, place

    chosen = [net for net in NETS if nets in net.name]
    loop = fixed_loop()
    steady, first, absent = race.measure(chosen, rounds)
    if "A" in parts:
        text = race.steady_table(steady, absent)
        print(text)
        if write:
            print(*remembered(steady, min(loop, fixed_loop())), sep="\n")
            place(text, "gradients", "Forward and backward")
            if len(chosen) == len(NETS) and not absent:
                PLOT.write_text(plot.drawn(steady), encoding="utf-8")
    if "B" in parts:
        text = race.first_table(first, absent)
        print(text)
        if write:
            place(text, "first", "From text to first gradient")


def script(name: str, *arguments: str) -> None:
    """A part that is a program of its own."""
    subprocess.run([sys.executable, str(HERE / name), *arguments], check=False)


def exact(rounds: int, write: bool) -> None:
    """Part C, which writes always."""
    from benchmarks.timing import installed

    missing = [name for name in ("casadi", "pytensor", "symengine", "sympy") if not installed(name)]
    if missing:
        print(f"Part C is left out: {', '.join(missing)} not installed.")
    else:
        script("shared_form.py")


def feel(rounds: int, write: bool) -> None:
    """Part E."""
    script("feel.py", "--times", str(max(5, rounds)), *(["--write"] if write else []))


def pictures(rounds: int, write: bool) -> None:
    """Part D."""
    from benchmarks import pictures
    from benchmarks.timing import place

    text = pictures.table(*pictures.measure(rounds))
    print(text)
    if write:
        place(text, "pictures", "From text to an annotated picture")


def serving(rounds: int, write: bool) -> None:
    """Part F."""
    from benchmarks import serving
    from benchmarks.timing import place

    text = serving.table(serving.measure())
    print(text)
    if write:
        place(text, "serving", "Serving")


def many(rounds: int, write: bool) -> None:
    """Part G."""
    from benchmarks import many
    from benchmarks.timing import place

    text = many.table(many.measure(rounds))
    print(text)
    if write:
        place(text, "many points", "Many points at once")


PARTS: dict[str, Callable[[int, bool], None]] = {
    "C": exact,
    "D": pictures,
    "E": feel,
    "F": serving,
    "G": many,
}


def main(arguments: Sequence[str]) -> int:
    """Run the parts that the arguments choose; the exit code."""
    parser = argparse.ArgumentParser(prog="run.py bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="ABCDEFG", metavar="PARTS", help="of A to G, as in AG")
    parser.add_argument("--rounds", type=int, default=9, help="turns, of which the median is taken")
    parser.add_argument(
        "--nets", default="", metavar="TEXT", help="A, B: nets with it in their name"
    )
    parser.add_argument("--dry", action="store_true", help="print, and write no file")
    asked = parser.parse_args(arguments)
    parts = asked.only.upper().replace(",", "")
    if not parts or set(parts) - set("ABCDEFG"):
        print(f"No such part: {asked.only}. There are A to G.", file=sys.stderr)
        return 2
    if {"A", "B"} & set(parts):
        race(parts, asked.rounds, asked.nets, not asked.dry)
    for name, part in PARTS.items():
        if name in parts:
            part(asked.rounds, not asked.dry)
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    sys.exit(main(sys.argv[1:]))
