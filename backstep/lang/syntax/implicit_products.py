"""Products without a sign, `2x`, `u(1 − u)x`, `W x`: where one stands between two operands.

A token is put there, whose precedence is the grammar's; which product it is, the shapes decide.
Prefixes of other libraries' functions (`np.exp`) are taken off on the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from lark import Token

from backstep.lang.syntax.syntax_tree import LEFT_OUT
from backstep.lang.syntax.tokens import VALUE_ENDS, behind, span_of
from backstep.ops import FUNCTIONS

_STARTS = frozenset({"NAME", "LPAR", "LBAR", "LNORM", "LANGLE", "ROOT", "TOTAL"})
_OPENING = {"LPAR": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE", "LANGLE": "RANGLE"}
_CLOSING = frozenset(_OPENING.values())
_SIGNS = frozenset({"PLUS", "MINUS"})
_SHORTHAND = frozenset({"LBAR", "LNORM", "LANGLE", "ROOT", "TOTAL", "DOTS", "LBRACE"})
_MODULES = frozenset(
    {
        *("np", "numpy", "torch", "F", "tf", "jnp", "jax", "nn", "math", "functional", "linalg"),
        *("special", "sp", "scipy", "onp", "anp"),
    }
)
"""Prefixes of functions in NumPy, PyTorch, TensorFlow and JAX."""
_OTHERWISE = {
    ("torch", "var"),
    ("torch", "std"),
    ("jax", "gelu"),
    ("tf", "leaky_relu"),
}
"""Functions of one name that are others there: a variance by n − 1, another form, another slope."""
ARRAYS = frozenset({"tensor", "array", "Array", "asarray", "as_tensor"})
"""Functions of other libraries around a list of numbers, in texts and in what is printed."""

OPTIONS = {"dim": "axis", "keepdim": "keepdims"}
"""Options of calls by the names that PyTorch has for them: ours."""

_OF_ONE = frozenset(
    {
        *("exp", "log", "sqrt", "abs", "sin", "cos", "tan", "tanh", "sinh", "cosh", "asin"),
        *("acos", "atan", "sigmoid", "relu", "elu", "selu", "gelu", "silu", "softplus", "sign"),
        *("round", "square", "log1p", "expm1", "log2", "log10", "erf", "reciprocal", "mish"),
        *("softsign", "sum", "mean", "prod", "max", "min", "logsumexp", "norm", "softmax"),
        *("log_softmax", "var", "std", "trace", "det", "inv"),
    }
)
"""Functions that are the same everywhere if what they take by place is one value."""
_ELEMENTWISE = (_OF_ONE | {"ln", "cosh", "sinh"}) - {
    *("sum", "mean", "prod", "max", "min", "logsumexp", "norm", "softmax"),
    *("log_softmax", "var", "std", "trace", "det", "inv"),
}
"""Those whose power, sin²(x), is that of their value."""
_ENDS_ARGUMENT = frozenset({"PLUS", "MINUS", "RPAR", "RSQB", "COMMA", "COMPARE"})
_OF_MORE = frozenset(
    {
        *("where", "maximum", "minimum", "dot", "outer", "leaky_relu", "cross_entropy", "clip"),
        *("dropout", "one_hot", "atan2", "logaddexp", "xlogy", "solve", "kron", "tril", "triu"),
    }
)
"""Functions that are the same everywhere."""


def with_products(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """The tokens of a line with those of its products that have no sign."""
    tokens = _with_powers_behind(_without_modules(tokens))
    made: list[Token] = []
    opened: list[str] = []
    right = False
    headed = _heads(tokens)
    for place, token in enumerate(tokens):
        inside = opened[-1] if opened else ""
        if made and (right or opened) and place not in headed and _missing(tokens, place, inside):
            at = _between(tokens[place - 1], token)
            start, end = tokens[place - 1].end_pos, token.start_pos
            made.append(Token("LEFT_OUT", LEFT_OUT, start, at[0], at[1], at[2], at[3], end))
        made.append(token)
        if token.type in _OPENING:
            opened.append(token.type)
        elif token.type in _CLOSING and opened:
            opened.pop()
        right = right or (not opened and token.type in ("EQUAL", "TILDE", "IN"))
    return tuple(made)


def is_shorthand(tokens: Sequence[Token], whole: Sequence[Token]) -> bool:
    """Whether a line is written with signs that only a board has, or leaves products out.

    `whole` are its tokens with those products.
    """
    return (
        len(whole) != len(tokens)
        or any(one is not other for one, other in zip(tokens, whole, strict=True))
        or any(
            token.type in _SHORTHAND
            or (token.type == "CIRCUMFLEX" and token.start_pos == token.end_pos)
            or (token.type == "NUMBER" and not token.isascii())
            for token in tokens
        )
        or any(
            one.type == "DOT" and one.start_pos == two.start_pos for one, two in pairwise(tokens)
        )
    )


def _without_modules(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens with `np.exp(` as `exp(`, where the two are the same function."""
    if not any(token.type == "DOT" for token in tokens):
        return tokens
    made: list[Token] = []
    place = 0
    while place < len(tokens):
        end = _called(tokens, place)
        if end is None:
            made.append(tokens[place])
            place += 1
            continue
        at = span_of(tokens[place]).to(span_of(tokens[end]))
        start, stop = tokens[place].start_pos or 0, tokens[end].end_pos
        corners = (at.line, at.column, at.end_line, at.end_column)
        made.append(Token("NAME", str(tokens[end]), start, *corners, stop))
        place = end + 1
    return made


def _with_powers_behind(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens with `sin²(x)` as `sin(x)²`, and `cos² x` where nothing but x can be meant.

    A power of −1 is none: it may be the inverse.
    """
    if not any(token.type == "CIRCUMFLEX" for token in tokens):
        return tokens
    made: list[Token] = []
    place = 0
    while place < len(tokens):
        end = _raised_call(tokens, place)
        if end is None:
            made.append(tokens[place])
            place += 1
            continue
        name, power, exponent = tokens[place : place + 3]
        inside = tokens[place + 3 : end]
        at = inside[-1]
        if inside[0].type == "LPAR":
            made += [name, *_with_powers_behind(inside)]
        else:
            made += [name, _behind(at, "LPAR", "("), *inside, _behind(at, "RPAR", ")")]
        made += [_behind(at, "CIRCUMFLEX", power), _behind(at, "NUMBER", exponent)]
        place = end
    return made


def _raised_call(tokens: Sequence[Token], place: int) -> int | None:
    """One past a call whose function is raised to a power, at a place; None if none is there."""
    types = [each.type for each in tokens[place : place + 4]]
    if types[:3] != ["NAME", "CIRCUMFLEX", "NUMBER"] or str(tokens[place]) not in _ELEMENTWISE:
        return None
    exponent = str(tokens[place + 2])
    if (place and tokens[place - 1].type == "DOT") or not exponent.isdecimal() or int(exponent) < 2:
        return None
    if types[3:] == ["LPAR"]:
        return _closing(tokens, place + 3)
    after = tokens[place + 4].type if place + 4 < len(tokens) else "PLUS"
    return place + 4 if types[3:] == ["NAME"] and after in _ENDS_ARGUMENT else None


def _behind(token: Token, kind: str, text: str) -> Token:
    """A token without a width, behind another."""
    end, line, column = token.end_pos, token.end_line, token.end_column
    return Token(kind, text, end, line, column, line, column, end)


def _called(tokens: Sequence[Token], place: int) -> int | None:
    """Where the function is that is called with a prefix which starts at a place; None: none is."""
    if tokens[place] not in _MODULES or (place and tokens[place - 1].type == "DOT"):
        return None
    first, end = tokens[place], place
    while [each.type for each in tokens[end + 1 : end + 3]] == ["DOT", "NAME"]:
        end += 2
    middle = tokens[place + 2 : end : 2]
    called = end + 1 < len(tokens) and tokens[end + 1].type == "LPAR"
    if end == place or not called or any(each not in _MODULES for each in middle):
        return None
    name = str(tokens[end])
    if name in ARRAYS and tokens[end + 2 : end + 3] and tokens[end + 2].type == "LSQB":
        # What is learned there is declared here.
        declared = tokens[0].type in ("INPUT", "TARGET", "PARAM", "CONST")
        return end if declared or "requires_grad" not in tokens else None
    if (str(first), name) in _OTHERWISE or name not in FUNCTIONS:
        return None
    by_place, by_name = _arguments(tokens, end + 1)
    options = {each.name for each in FUNCTIONS[name].parameters}
    fits = all(OPTIONS.get(each, each) in options for each in by_name)
    known = name in _OF_MORE or (name in _OF_ONE and by_place == 1)
    return end if known and fits else None


def _arguments(tokens: Sequence[Token], opening: int) -> tuple[int, list[str]]:
    """How many arguments a call has by place, and the names of the others."""
    depth, commas = 0, 0
    named: list[str] = []
    for place in range(opening, len(tokens)):
        depth += (tokens[place].type in _OPENING) - (tokens[place].type in _CLOSING)
        commas += depth == 1 and tokens[place].type == "COMMA"
        if depth == 1 and tokens[place].type == "EQUAL":
            named.append(str(tokens[place - 1]))
        if depth == 0:
            break
    return commas + 1 - len(named), named


def _missing(tokens: Sequence[Token], place: int, inside: str) -> bool:
    """Whether a sign is left out before a token, and nothing else is possible there."""
    before, token = tokens[place - 1], tokens[place]
    if before.type not in VALUE_ENDS or token.type not in _STARTS:
        return False
    touches = before.line == token.line and before.end_pos == token.start_pos
    attribute = before.type == "NAME" and place > 1 and tokens[place - 2].type == "DOT"
    if token.type == "LPAR" and before.type == "NAME":
        return attribute and before == "T"
    if token.type == "NAME" and place + 1 < len(tokens) and tokens[place + 1].type == "EQUAL":
        return False
    if inside == "LSQB" and not touches:
        # A comma may be missing as well.
        return False
    if before in _WORDS or token in _WORDS or _is_function(tokens, place - 1):
        return False
    ended = _ends_exponent(tokens, place - 1, touches, token.type)
    return not (ended or _is_number_of_line(tokens, place))


_SIGMA = ("sigma", "σ")
_WORDS = frozenset({"and", "or", "not", "is", "if", "else", "where"})


def _is_function(tokens: Sequence[Token], place: int) -> bool:
    """Whether a function or a power of one ends here, `sin x`, `sin²(x)`: what follows is its
    argument.
    """
    while place > 1 and tokens[place - 1].type == "CIRCUMFLEX":
        place -= 2
    before = tokens[place - 1].type if place else ""
    return tokens[place].type == "NAME" and before != "DOT" and str(tokens[place]) in FUNCTIONS


def _is_number_of_line(tokens: Sequence[Token], place: int) -> bool:
    """Whether a line ends in the number of an equation, `L = x^2   (3)`."""
    rest = [each.type for each in tokens[place:]]
    apart = (tokens[place].start_pos or 0) - (tokens[place - 1].end_pos or 0) > 1
    return apart and rest == ["LPAR", "NUMBER", "RPAR"]


def _ends_exponent(tokens: Sequence[Token], place: int, touches: bool, following: str) -> bool:
    """Whether what follows could belong to a typed exponent: `x^2y`, `e^-k t`."""
    if tokens[place].type not in ("NAME", "NUMBER"):
        return False
    place -= 1
    while tokens[place].type in _SIGNS and tokens[place - 1].type in (*_SIGNS, "CIRCUMFLEX"):
        place -= 1
    power = tokens[place]
    if str(tokens[place - 1]) in _SIGMA and following == "LPAR":
        return False
    typed = power.type == "CIRCUMFLEX" and power.start_pos != power.end_pos
    return typed and (touches or tokens[place - 1] == "e")


def _heads(tokens: Sequence[Token]) -> frozenset[int]:
    """Where the bodies of sums over an index start: behind `Σ_{i=0}^{n-1}`."""
    found = set()
    for place, token in enumerate(tokens):
        if token.type != "TOTAL":
            continue
        end = _closing(tokens, place + 1)
        if end + 1 < len(tokens) and tokens[end].type == "CIRCUMFLEX":
            found.add(_closing(tokens, end + 1))
    return frozenset(found)


def _closing(tokens: Sequence[Token], place: int) -> int:
    """One past the bracket that closes the one at a place, or past the token if it is none."""
    depth = 0
    while place < len(tokens):
        depth += (tokens[place].type in _OPENING) - (tokens[place].type in _CLOSING)
        place += 1
        if depth <= 0:
            break
    return place


def _between(left: Token, right: Token) -> tuple[int, int, int, int]:
    if left.end_line != right.line:
        at = behind(left)
        return at.line, at.column, at.end_line, at.end_column
    one, two = span_of(left), span_of(right)
    return one.end_line, one.end_column, two.line, two.column
