"""The loop over Lark's table does what Lark's own parser does with the same table."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from typing import Any, cast

import pytest
from lark import Lark, Token
from lark.exceptions import UnexpectedToken

from backstep.examples import EXAMPLES
from backstep.lang.syntax.implicit_products import with_products
from backstep.lang.syntax.lines import logical_lines
from backstep.lang.syntax.reader import read_line, with_lark
from backstep.lang.syntax.refusal import StatementError

BOARD = """\
L = 1/2 Σ_{i=0}^{n-1} (w_i - 2)^2 + sum(i in 0..3, a_i b)
f(a, b) = a^-b^2 + [a, -b][1:, ::2].T
h, c = where(a < b, max(x, axis=0), e^{-x}) + |x| ‖y‖₁ ⟨a, b⟩ √x
for t in range(0, 4, 2):
    W^(1) = conv2d(x, 4, kernel=(3, 3),)
param W[3, 4,] ~ normal(0, 1)
seed 7
minimize L
"""


@cache
def theirs() -> Lark:
    return with_lark()


def outcome(parse: Any, tokens: Sequence[Token]) -> Any:
    """The statement, or what is wrong and where."""
    try:
        return parse(tokens)
    except UnexpectedToken as error:
        return error.token.type, error.token.start_pos, error.token.line
    except StatementError as refused:
        return refused.fault


def lines() -> list[Sequence[Token]]:
    texts = [BOARD, *(each.source for each in EXAMPLES)]
    return [with_products(line.tokens) for text in texts for line in logical_lines(text)]


def test_every_line_is_read_as_by_lark() -> None:
    found = lines()
    assert len(found) > 150
    for tokens in found:
        wanted = outcome(theirs().parse, cast("Any", tokens))
        assert outcome(read_line, tokens) == wanted
        assert not isinstance(wanted, tuple), tokens


@pytest.mark.parametrize("seed", range(3))
def test_a_wrong_line_is_wrong_at_the_same_token(seed: int) -> None:
    draw = random.Random(seed)
    wrong = 0
    for tokens in draw.sample(lines(), 60):
        for _ in range(4):
            mixed = list(tokens)
            for _ in range(draw.randint(1, 3)):
                place = draw.randrange(len(mixed))
                other = draw.choice(tokens)
                mixed[place : place + draw.randint(0, 1)] = draw.choice([[], [other], [other] * 2])
                mixed = mixed or [other]
            wanted = outcome(theirs().parse, cast("Any", mixed))
            wrong += isinstance(wanted, tuple)
            assert outcome(read_line, mixed) == wanted
    assert wrong > 100


def test_nothing_is_no_statement() -> None:
    with pytest.raises(UnexpectedToken):
        read_line([])
