r"""Names as LaTeX sets them, in the letters of the language: \hat{y}, W^{(1)}, x_i, \theta."""

from __future__ import annotations

from dataclasses import dataclass

from backstep.formula.boxes import Accent, Atom, Box, Group, Marked, Row, Scripts, Tagged
from backstep.formula.names import LETTERS
from backstep.importers.formulas import Unwritable

_PLAIN = {letter: command for command, letter in LETTERS.items()}
_VARIANTS = {"varepsilon": "epsilon", "varphi": "phi", "vartheta": "theta"}
INDICES = frozenset("ijklmnktpqrs")
"""Letters that may count elements."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name, the letters of its indices, and what is left raised at it."""

    text: str
    indices: tuple[str, ...] = ()
    raised: Box | None = None


def unwrapped(box: Box) -> Box:
    """A box without what only colours or marks it."""
    while isinstance(box, Tagged | Marked) or (isinstance(box, Row) and len(box.items) == 1):
        box = box.items[0] if isinstance(box, Row) else box.body
    return box


def plain(box: Box | None) -> str:
    """The characters of a box in a row; empty where it holds more than characters."""
    if box is None:
        return ""
    box = unwrapped(box)
    match box:
        case Atom(kind="space"):
            return ""
        case Atom():
            return letter(box)
        case Group(body=body):
            return plain(body)
        case Row(items=items):
            return "".join(plain(each) for each in items)
        case Accent(name=name, body=body):
            return f"{plain(body)}{name}"
    return ""


def letter(atom: Atom) -> str:
    """A letter as the language spells it."""
    spelled = _PLAIN.get(atom.char, atom.char)
    return _VARIANTS.get(spelled.lstrip("\\"), spelled.lstrip("\\"))


def is_letter(box: Box) -> bool:
    """Whether a box is a letter, a word, or one with an accent."""
    box = unwrapped(box)
    if isinstance(box, Group):
        return is_letter(box.body)
    if isinstance(box, Accent):
        return is_letter(box.body)
    return isinstance(box, Atom) and box.kind in ("letter", "word")


def name(box: Box, indices: frozenset[str]) -> Name:
    """The name that a box sets. Letters among `indices` count its elements. Raises Unwritable."""
    box = unwrapped(box)
    if not isinstance(box, Scripts):
        return Name(_base(box))
    text = _base(box.base)
    lowered = plain(box.lowered)
    if box.lowered is not None and not lowered:
        raise Unwritable(f"{text} with a formula below it")
    letters = tuple(each for each in lowered.replace(",", "").replace(" ", ""))
    counted = tuple(letters) if letters and set(letters) <= indices else ()
    if not counted and any(each in lowered for each in "+−-") and set(letters) & indices:
        raise Unwritable(f"{text} with an index that is computed, {lowered}")
    if lowered and not counted:
        text += _suffix(lowered)
    raised = box.raised
    version = _version(raised)
    if version is not None and version in indices:
        return Name(text, (*counted, version))
    if version is not None:
        return Name(f"{text}{_suffix(version)}", counted)
    mark = plain(raised)
    if mark in ("*", "′", "'"):
        return Name(f"{text}_{'star' if mark == '*' else 'prime'}", counted)
    if text == "pi" and counted:
        # The word is the number's; with an index it is a policy, or a share of a mixture.
        text = "pi_"
    return Name(text, counted, raised)


def _suffix(text: str) -> str:
    signs = {"−": "_less_", "-": "_less_", "+": "_plus_", ",": "_", "′": "_prime"}
    spelled = "".join(signs.get(each, each) for each in text if each not in "() ")
    return spelled if spelled.isdigit() else f"_{spelled}"


def _version(raised: Box | None) -> str | None:
    """The number, or the word, in brackets that is raised at a name."""
    text = plain(raised)
    if len(text) > 2 and text[0] in "([⟨" and text[-1] in ")]⟩":
        inner = text[1:-1]
        return inner if inner.replace("+", "").replace("−", "").isalnum() else None
    return None


def _base(box: Box) -> str:
    text = plain(box)
    if not text or not is_letter(box):
        raise Unwritable("what stands there is no name")
    return text
