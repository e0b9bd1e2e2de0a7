"""Sums in Einstein's notation, `einsum('ij,j->i', W, x)`, as products, sums and transposes.

Operands are contracted from the left, two at a time; what that does not express is not offered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations

from backstep.errors import Edit, Span
from backstep.lang.diagnostics.fixes.statement import Candidate, Situation

_CALL = re.compile(
    r"(?:[^\W\d]\w*\s*\.\s*)*einsum\s*\(\s*(['\"])([A-Za-z,\s]+)(?:->\s*([A-Za-z\s]*))?\1\s*,"
)
_PLAIN = re.compile(r"[^\W\d]\w*(?:\.T)?|\w+\([^()]*\)")
_MOST_OPERANDS = 4


def candidates(at: Situation) -> Iterator[Candidate]:
    """The statement with its sums written out."""
    if at.fault.code != "unknown_character" or "einsum" not in at.line.texts[0]:
        return
    old = "\n".join(at.line.texts)
    text = old
    while (match := _CALL.search(text)) is not None:
        end = _end(text, match.end())
        written = None if end is None else _written(at, match, text[match.end() : end])
        if written is None or end is None:
            return
        alone = re.search(r"[=(,\[]\s*$", text[: match.start()])
        alone = alone and re.match(r"\s*(?:[),\]]|$|#)", text[end + 1 :])
        loose = not re.fullmatch(r"\w+(?:\.T)?|\w+\(.*\)", written)
        written = f"({written})" if loose and not alone else written
        text = text[: match.start()] + written + text[end + 1 :]
    if text != old:
        first, last = at.line.number, at.line.number + len(at.line.texts) - 1
        whole = Span(first, 1, last, len(at.line.texts[-1]) + 1)
        yield at.edited(Edit.at(whole, text), sure=True)


def _end(text: str, start: int) -> int | None:
    """Where the parenthesis closes that is open at a position."""
    depth = 1
    for place in range(start, len(text)):
        depth += (text[place] in "([") - (text[place] in ")]")
        if depth == 0:
            return place
    return None


def _arguments(text: str) -> list[str]:
    parts, depth = [""], 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def _written(at: Situation, match: re.Match[str], inside: str) -> str | None:
    operands = [_operand(each) for each in _arguments(inside)]
    arrow = "" if match[3] is None else f"->{match[3]}"
    return summed(f"{match[2]}{arrow}", operands, at.known.shapes)


def summed(
    subscripts: str, operands: Sequence[str], known: Mapping[str, tuple[int, ...]]
) -> str | None:
    """The sum that letters such as `ij,j->i` say of operands, as a formula; None if there is none.

    `known` are the shapes of operands that are names.
    """
    left, arrow, right = subscripts.partition("->")
    letters = ["".join(part.split()) for part in left.split(",")]
    operands = list(operands)
    if len(letters) != len(operands) or len(operands) > _MOST_OPERANDS or "" in letters:
        return None
    shapes = [known.get(operand) for operand in operands]
    if any(s is not None and len(s) != len(n) for s, n in zip(shapes, letters, strict=True)):
        return None
    every = "".join(letters)
    once = "".join(sorted(letter for letter in set(every) if every.count(letter) == 1))
    result = "".join(right.split()) if arrow else once
    if any(letter not in every for letter in result) or len(set(result)) != len(result):
        return None
    if len(operands) == 1:
        return _trace(known, letters[0], operands[0], result) or _alone(
            letters[0], operands[0], result
        )
    if any(len(set(each)) != len(each) for each in letters):
        return None
    return _contracted(letters, operands, result)


def _operand(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else f"({text})"


def _contracted(letters: list[str], operands: list[str], result: str) -> str | None:
    """All operands as one formula, its axes in the order of `result`."""
    if len(operands) == 2:
        return _pair(letters[0], operands[0], letters[1], operands[1], result)
    later = result + "".join(letters[2:])
    kept = [letter for letter in dict.fromkeys(letters[0] + letters[1]) if letter in later]
    for order in permutations(kept):
        between = "".join(order)
        made = _pair(letters[0], operands[0], letters[1], operands[1], between)
        if made is not None:
            inner = made if _PLAIN.fullmatch(made) else f"({made})"
            whole = _contracted([between, *letters[2:]], [inner, *operands[2:]], result)
            if whole is not None:
                return whole
    return None


def _pair(left: str, a: str, right: str, b: str, result: str) -> str | None:
    """Two operands as one formula."""
    shared = [letter for letter in left if letter in right]
    summed = [letter for letter in shared if letter not in result]
    if set(left) == set(right) and len(left) > 1 and summed:
        other = _alone(right, b, left)
        return None if other is None else _alone(left, f"{a}*{other}", result)
    if set(left + right) - set(result) - set(shared):
        return _after_sums(left, a, right, b, result)
    if not shared and len(left) == len(right) == 1:
        first, second = (a, b) if result == left + right else (b, a)
        return f"outer({_bare(first)}, {_bare(second)})"
    if not summed:
        if left == right == result:
            return f"{a}*{b}"
        if result == left and left.endswith(right):
            return f"{a}*{b}"
        if result == right and right.endswith(left):
            return f"{a}*{b}"
        return f"{a}*{b}" if not left or not right else None
    if len(summed) > 1:
        return None
    (over,) = summed
    if len(left) == len(right) == 1:
        return f"dot({_bare(a)}, {_bare(b)})"
    return _product(left, a, right, b, over, result) or _product(right, b, left, a, over, result)


def _after_sums(left: str, a: str, right: str, b: str, result: str) -> str | None:
    """Two operands as one formula, after axes that only one of them has are summed."""
    for letters, operand, other, second in ((left, a, right, b), (right, b, left, a)):
        rest = "".join(each for each in letters if each in other + result)
        if rest != letters:
            made = _alone(letters, operand, rest)
            return None if made is None else _pair(rest, made, other, second, result)
    return None


def _product(left: str, a: str, right: str, b: str, over: str, result: str) -> str | None:
    """A matrix product, also of a batch if both have its axis first."""
    batch = ""
    if len(left) == len(right) == 3 and left[0] == right[0] == result[:1]:
        batch, left, right, result = left[0], left[1:], right[1:], result[1:]
    if len(left) > 2 or len(right) > 2 or result != (left + right).replace(over, ""):
        return None
    if batch and (left[-1] != over or right[0] != over):
        return None
    first = a if left[-1] == over else _turned(a)
    second = b if right[0] == over else _turned(b)
    return f"{first} @ {second}"


def _bare(operand: str) -> str:
    return operand[1:-1] if re.fullmatch(r"\([^()]*\)", operand) else operand


def _turned(operand: str) -> str:
    return operand.removesuffix(".T") if operand.endswith(".T") else f"{operand}.T"


def _alone(letters: str, operand: str, result: str) -> str | None:
    """One operand, its other axes summed."""
    if len(set(letters)) != len(letters):
        return None
    inner = _bare(operand)
    if result == letters:
        return operand
    if result == "":
        return f"sum({inner})"
    if len(letters) == 2 and result == letters[::-1]:
        return _turned(operand if _PLAIN.fullmatch(operand) else f"({inner})")
    rest = [letter for letter in letters if letter not in result]
    if len(rest) == 1 and letters.replace(rest[0], "") == result:
        return f"sum({inner}, axis={letters.index(rest[0])})"
    return None


def _trace(
    known: Mapping[str, tuple[int, ...]], letters: str, operand: str, result: str
) -> str | None:
    """`einsum('ii', A)` → `sum(A*eye(3))`; the diagonal `ii->i` by rows."""
    shape = known.get(operand)
    if len(letters) != 2 or letters[0] != letters[1] or shape is None or len(set(shape)) != 1:
        return None
    diagonal = f"{operand}*eye({shape[0]})"
    return f"sum({diagonal})" if result == "" else f"sum({diagonal}, axis=1)"
