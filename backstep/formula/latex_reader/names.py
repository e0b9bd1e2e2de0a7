"""A definition's names in LaTeX: which of them the next tokens spell, and whether it may be two."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from backstep.errors import AnswerError
from backstep.formula.latex import latex
from backstep.formula.latex_reader.tokens import Token, fault, tokens
from backstep.formula.tree import Sym

Key = tuple[str, ...]


class Names:
    """Symbols by the tokens that they are written with."""

    def __init__(self, symbols: Iterable[Sym]) -> None:
        self._by_first: dict[str, list[tuple[Key, Sym]]] = {}
        self._called: set[str] = set()
        for symbol in symbols:
            self._called.add(symbol.name)
            for key in _keys(symbol):
                self._by_first.setdefault(key[0], []).append((key, symbol))

    def has(self, name: str) -> bool:
        """Whether a symbol is called so."""
        return name in self._called

    def at(self, given: Sequence[Token], place: int) -> tuple[Sym, int] | None:
        """The longest name that the tokens from a place on spell, and how many they are.

        Raises AnswerError where they may also be read otherwise.
        """
        found = [
            (key, symbol)
            for key, symbol in self._by_first.get(given[place].key, ())
            if tuple(token.key for token in given[place : place + len(key)]) == key
        ]
        if not found:
            return None
        key, symbol = max(found, key=lambda each: len(each[0]))
        others = [each for other, each in found if len(other) < len(key)]
        other = self._otherwise(key, others)
        if other is not None:
            first, last = given[place], given[place + len(key) - 1]
            raise _two(symbol.name, other, first, last)
        return symbol, len(key)

    def _otherwise(self, key: Key, shorter: Sequence[Sym]) -> str | None:
        """What a name's tokens may mean besides the name: a product of names, an element."""
        if not shorter:
            return None
        if all(len(part) == 1 and part in self._called for part in key):
            return f"the product of {' and '.join(key)}"
        digits = [part for part in key[1:] if part not in ("_", "{", "}", ",")]
        if len(key) < 2 or key[1] != "_" or not all(part.isdigit() for part in digits):
            return None
        for each in shorter:
            sizes = each.size[: len(digits)]
            if len(sizes) == len(digits) and all(
                int(part) < size for part, size in zip(digits, sizes, strict=True)
            ):
                return f"an element of {each.name}"
        return None


@lru_cache(maxsize=4096)
def _keys(symbol: Sym) -> list[Key]:
    """The tokens that a symbol may be written by: as it is set, and by its plain letters."""
    found = [tuple(token.key for token in tokens(latex(symbol)))]
    if symbol.version is None and symbol.of is None and symbol.name.isalnum():
        found.append(tuple(token.key for token in tokens(symbol.name)))
    return [key for key in dict.fromkeys(found) if key]


def _two(name: str, other: str, first: Token, last: Token) -> AnswerError:
    message = f"this may be the name {name}, or {other}"
    hint = "write it as text, or put what is meant into brackets"
    return fault("two_readings", message, hint, first.start, last.end)
