"""The sentence beside a line of a derivation: which rule it applies, in a teacher's words."""

from __future__ import annotations

from collections.abc import Sequence

from backstep.derivation.locals import Local
from backstep.graph.node import Node
from backstep.graph.order import ancestors
from backstep.notation.figures import spell_count
from backstep.ops.explanations import BROADCAST, CONSTANT, back, explanation_of, has_rule, widened

_MOST = 4
"""Rules that are named for one use; of more, the first and the last are."""
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six")


def passed(local: Local) -> list[tuple[Node, tuple[int, ...]]]:
    """The operations that lead from the source to the use, from the last, with the inputs taken."""
    link = local.link
    reached = {link.source.id}
    found: list[tuple[Node, tuple[int, ...]]] = []
    for member in local.vertex.members:
        taken = tuple(
            position
            for position, operand in enumerate(member.inputs)
            if isinstance(operand, Node) and operand.id in reached
        )
        if member is link.use and link.position is not None and len(local.vertex.members) == 1:
            taken = (link.position,)
        if taken:
            reached.add(member.id)
            found.append((member, taken))
    return found[::-1]


def broadcast(local: Local) -> bool:
    """Whether what comes back is added up over what broadcasting had repeated."""
    start = local.link.source.graph.forward_count or 0
    return local.sent is not None and any(
        node.id >= start and widened(node) for node in ancestors([local.sent])
    )


def _rule(node: Node, taken: tuple[int, ...]) -> tuple[str, str]:
    """Code and title of the rule for one operation."""
    words = explanation_of(node)
    if words.code in CONSTANT and len(taken) == 1 and (words.code != "quotient" or taken == (0,)):
        return "sum", CONSTANT[words.code]
    return words.code, words.title


def main_code(local: Local) -> str:
    """The code of the rule that a use applies; `chain` where it is several."""
    if broadcast(local):
        return "broadcast"
    codes = list(dict.fromkeys(_rule(node, taken)[0] for node, taken in passed(local)))
    telling = [code for code in codes if code not in ("sum", "shape")] or codes
    return telling[0] if len(telling) == 1 else "chain" if telling else "sum"


_WHOLE = ("conv_weight", "conv_input")


def how(local: Local) -> str:
    """The rules that a use applies, from the outside in: what a teacher writes in the margin."""
    found: list[str] = []
    if local.sent is not None and local.sent.op in _WHOLE:
        # The parts of a convolution are passed as one.
        words = explanation_of(local.sent)
        return f"{words.title}: {words.back[0]}"
    for node, taken in passed(local):
        title = _rule(node, taken)[1]
        told = f"{title}: {back(node, taken[0])}" if has_rule(node) else title
        if explanation_of(node).code == "power" and 1 in taken:
            told = (
                f"{title}: {back(node, 1)}, and by convention 0 where the base is 0 "
                "and the exponent is not negative"
            )
        if told not in found:
            found.append(told)
    if len(found) > _MOST:
        found = [*found[: _MOST - 1], found[-1]]
    if broadcast(local):
        found.append(f"{BROADCAST.title}: {BROADCAST.back[0]}")
    return "; ".join(found) or "the value is handed on"


def listing(parts: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def number_word(count: int) -> str:
    """A small number as a word, a large one in figures."""
    return _NUMBERS[count] if count < len(_NUMBERS) else spell_count(count)
