"""Faults in formulas of one line and in LaTeX that is read to be set anew."""

from __future__ import annotations

from tests.mutants.runner import Planted

_RUNS = ("tests/formula/test_text_runs.py",)
_READ = ("tests/formula/test_set_latex.py",)
_HERE = "backstep/formula/"

FAULTS: tuple[Planted, ...] = (
    Planted(
        "what is raised lowered",
        _HERE + "text_runs.py",
        "rises = [-1] * (lowered is not None) + [1] * (raised is not None)",
        "rises = [-1] * (lowered is not None) + [-1] * (raised is not None)",
        _RUNS,
    ),
    Planted(
        "a fraction's sum without brackets",
        _HERE + "text_runs.py",
        "return (*_bracketed(top), _upright",
        "return (*top, _upright",
        _RUNS,
    ),
    Planted(
        "a product below a stroke without brackets",
        _HERE + "text_runs.py",
        '_upright("/"), *(bottom if derived else _grouped(bottom)))',
        '_upright("/"), *bottom)',
        _RUNS,
    ),
    Planted(
        "a sign in front with room about it",
        _HERE + "text_runs.py",
        "alone = not found or found[-1].text[-1:] in _OPENS",
        "alone = False",
        _RUNS,
    ),
    Planted(
        "words that lean",
        _HERE + "text_runs.py",
        "italic=atom.char.isascii() or atom.char.islower()",
        "italic=True",
        _RUNS,
    ),
    Planted(
        "a number parted from its factor",
        _HERE + "text_runs.py",
        "if not (number and part == (_upright(_THIN),)):",
        "if True:",
        _RUNS,
    ),
    Planted(
        "a long name whole",
        _HERE + "text_runs.py",
        "for run in runs(named(typed)) or ()) <= longest:",
        "for run in runs(named(typed)) or ()) <= 99:",
        _RUNS,
    ),
    Planted(
        "brackets without a side set",
        _HERE + "text_runs.py",
        "case Below() | Table():",
        "case Table():",
        _RUNS,
    ),
    Planted(
        "lowered and raised exchanged",
        _HERE + "set_latex.py",
        "return Scripts(base, lowered, raised, under=start in _UNDER)",
        "return Scripts(base, raised, lowered, under=start in _UNDER)",
        _READ,
    ),
    Planted(
        "a fraction turned",
        _HERE + "set_latex.py",
        "return Over(self._argument(), self._argument())",
        "return Over(*(self._argument(), self._argument())[::-1])",
        _READ,
    ),
    Planted(
        "colours exchanged",
        _HERE + "set_latex.py",
        '{"fv": "value", "bp": "partial"}',
        '{"fv": "partial", "bp": "value"}',
        _READ,
    ),
    Planted(
        "what follows a closing brace passed over",
        _HERE + "set_latex.py",
        "        if self._at < len(self._tokens):\n            raise _Unknown\n        return body",
        "        return body",
        _READ,
    ),
    Planted(
        "bold letters as usual ones",
        _HERE + "set_latex.py",
        '"bold" if command == r"\\mathbf" else ""',
        '""',
        _READ,
    ),
)
