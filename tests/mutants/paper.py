"""Faults in what the chain rule is written with: figures, factors, paths, plain characters."""

from __future__ import annotations

from tests.mutants.runner import Planted

_PAPER = ("tests/formula/test_paper.py",)
_HERE = "backstep/formula/"

FAULTS: tuple[Planted, ...] = (
    Planted(
        "a figure with a minus without brackets",
        _HERE + "box_parts.py",
        "level = COMPARISON if figure.value < 0 else ATOM",
        "level = ATOM",
        _PAPER,
    ),
    Planted(
        "a figure's power of ten taken for one number",
        _HERE + "box_parts.py",
        "row(box, _DOT, ten), min(level, PRODUCT)",
        "row(box, _DOT, ten), level",
        _PAPER,
    ),
    Planted(
        "figures side by side without a sign",
        _HERE + "notation.py",
        "dots = part in self._figured",
        "dots = False",
        _PAPER,
    ),
    Planted(
        "a later path that begins with a minus without brackets",
        _HERE + "notation.py",
        "level = SUM if figure and binds < SUM else PRODUCT",
        "level = PRODUCT",
        _PAPER,
    ),
    Planted(
        "a sum for a factor of the chain without brackets",
        _HERE + "notation.py",
        "further = [self._at(each, PRODUCT) for each in others]",
        "further = [self._at(each, SUM) for each in others]",
        _PAPER,
    ),
    Planted(
        "a path's minus taken for a difference",
        _HERE + "tree.py",
        'tuple(Mark("contribution", each) for each in terms)',
        "tuple(terms)",
        _PAPER,
    ),
    Planted(
        "a letter that runs into the bracket before it",
        _HERE + "latex.py",
        'return _side_by_side([rf"\\left{left}", parts[0], rf"\\right{right}"])',
        'return rf"\\left{left}{parts[0]}\\right{right}"',
        _PAPER,
    ),
    Planted(
        "the number of the letter itself lost below",
        _HERE + "notation.py",
        "if isinstance(own, Scripts) and own.lowered is not None:",
        "if False:",
        _PAPER,
    ),
    Planted(
        "log of a name taken for one thing",
        _HERE + "board.py",
        'return f"log {self._of(inside)}", SIGN',
        'return f"log {self._of(inside)}", ATOM',
        _PAPER,
    ),
    Planted(
        "a derivative turned without brackets, in plain characters",
        _HERE + "board.py",
        "        return written, POWER\n\n    def _below",
        "        return written, ATOM\n\n    def _below",
        _PAPER,
    ),
    Planted(
        "the whole partial for that along one edge, in plain characters",
        _HERE + "board.py",
        'written = f"{written}|{way}"',
        'written = f"{written}"',
        _PAPER,
    ),
    Planted(
        "a guard said where the value alone is",
        _HERE + "board.py",
        'case Call("guard", (_, value)):',
        'case Call("guard", (value, _)):',
        _PAPER,
    ),
    Planted(
        "a derivative turned over, in plain characters",
        _HERE + "board.py",
        'written = f"∂{top}/∂{self._below(part.bottom)}"',
        'written = f"∂{self._below(part.bottom)}/∂{top}"',
        _PAPER,
    ),
    Planted(
        "a function without brackets before a further factor",
        _HERE + "board.py",
        'f"({text})" if self._is_open(each) and not text.endswith(")") else text',
        "text.strip('()')",
        _PAPER,
    ),
    Planted(
        "the sign in front of a sum over an index set in brackets",
        _HERE + "board.py",
        'return f"−{self._at(arg, TERM)}"',
        'return f"−{self._at(arg, POWER)}"',
        _PAPER,
    ),
)
