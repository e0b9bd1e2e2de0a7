"""Definition to text, the inverse of reading: read again, the text compiles to the same graph.

Loops come out unrolled and a user's functions written out, since the graph holds them so; a value
that a function used several times gets a name of its own. No layout, no LaTeX.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

from backstep.errors import Details, Diagnostic, LimitError
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.order import ancestors
from backstep.lang.compile.definition import Block, Definition, Draw, Leaf
from backstep.lang.spelling import TEXTS, SourceText, exact_text, number_text
from backstep.limits import LIMITS
from backstep.ops import TABLE
from backstep.ops.row import ATOM, COMPARISON, PRODUCT, SUM


def write(definition: Definition) -> str:
    """The definition as text. Raises LimitError if it would be too long to be read again."""
    leaves = {leaf.node.id: leaf for leaf in definition.leaves}
    named = {
        version.node.id: version.name
        for versions in definition.names.values()
        for version in versions
    }
    nodes = definition.graph.nodes[: definition.graph.forward_count]
    writer = _Writer(_calls(definition.blocks))
    shared = writer.shared(nodes)
    consts: dict[int, str] = {}
    lines = [f"seed {definition.seed}"] if definition.seed else []
    for node in nodes:
        if node.id in leaves:
            lines.append(_declaration(leaves[node.id], consts))
            writer.names[node.id] = leaves[node.id].name
        elif node.id in named or node.id in shared:
            name = named.get(node.id) or _fresh(node, definition)
            lines.append(f"{name} = {writer.write(node)[0]}")
            writer.names[node.id] = name
        elif node.id not in writer.hidden:
            writer.texts[node.id] = writer.write(node)
    lines.append(f"minimize {definition.loss_name}")
    text = "\n".join(lines) + "\n"
    _bound(text)
    return text


def _bound(text: str) -> None:
    size = len(text.encode())
    if size > LIMITS.source_bytes:
        fault = Diagnostic(
            "source_bytes",
            f"written out, the text is over {LIMITS.source_bytes:,} bytes",
            "use the text it was read from",
        )
        details: Details = {
            "limit": "source_bytes",
            "measured": size,
            "allowed": LIMITS.source_bytes,
        }
        raise LimitError(fault, details=details)


def _calls(blocks: Iterable[Block]) -> dict[int, Block]:
    """The built-in functions that consist of several operations, by their output's id."""
    return {
        block.output.id: block
        for block in blocks
        if block.arguments and block.output is not None and block.output.id == block.nodes[-1]
    }


def _fresh(node: Node, definition: Definition) -> str:
    name = f"v{node.id}"
    while name in definition.names:
        name += "_"
    return name


class _Writer:
    """Texts of nodes, each written after its inputs.

    A node without a name is written once, and its text is dropped then unless `keeps`.
    """

    def __init__(self, calls: dict[int, Block], keeps: bool = False) -> None:
        self.calls = calls
        self.keeps = keeps
        self.hidden = {key for block in calls.values() for key in block.nodes[:-1]}
        self.names: dict[int, str] = {}
        self.texts: dict[int, SourceText] = {}

    def shared(self, nodes: list[Node]) -> set[int]:
        """Ids of the nodes that are not written in exactly one place."""
        seen = [node for node in nodes if node.id not in self.hidden]
        uses = Counter(
            operand.id
            for node in seen
            for operand in self._inputs(node)
            if isinstance(operand, Node)
        )
        return {node.id for node in seen if uses[node.id] != 1}

    def write(self, node: Node) -> SourceText:
        """The node's own formula."""
        call = self.calls.get(node.id)
        if call is not None:
            return self._call(call), ATOM
        row = TABLE[node.op]
        written = [self._operand(operand) for operand in node.inputs]
        if node.op in TEXTS:
            return TEXTS[node.op](node, [text for text, _ in written])
        if row.transparent:
            return written[-1]
        notation = row.notation
        needs = [
            notation.operands[min(place, len(notation.operands) - 1)]
            for place in range(len(written))
        ]
        if notation.precedence in (SUM, PRODUCT) and len(needs) == 2 and needs[0] > COMPARISON:
            # Chains are read from the left.
            needs[1] = max(needs[1], notation.precedence + 1)
        texts = [
            text if precedence >= need else f"({text})"
            for (text, precedence), need in zip(written, needs, strict=True)
        ]
        whole = notation.text(*texts, **node.params)
        _bound(whole)
        return whole, notation.precedence

    def _inputs(self, node: Node) -> tuple[Operand, ...]:
        """The operands that a node's text names: a call's arguments, or its inputs."""
        call = self.calls.get(node.id)
        if call is None:
            return node.inputs
        return tuple(value for _, value in call.arguments if isinstance(value, Node | Literal))

    def _operand(self, operand: Operand) -> SourceText:
        if isinstance(operand, Literal):
            return number_text(operand)
        if operand.id in self.names:
            return self.names[operand.id], ATOM
        return self.texts[operand.id] if self.keeps else self.texts.pop(operand.id)

    def _call(self, block: Block) -> str:
        given = []
        for name, value in block.arguments:
            if isinstance(value, Node | Literal):
                text = self._operand(value)[0]
            elif isinstance(value, str):
                text = value
            elif isinstance(value, bool):
                text = "true" if value else "false"
            elif isinstance(value, tuple):
                text = f"({', '.join(map(str, value))},)" if len(value) == 1 else str(value)
            else:
                text = exact_text(Fraction(value))
            given.append(text if name is None else f"{name}={text}")
        return f"{block.title}({', '.join(given)})"


def _declaration(leaf: Leaf, consts: dict[int, str]) -> str:
    """A declaration; the value of an earlier const is written as its name."""
    head = f"{leaf.role} {leaf.name}"
    if isinstance(leaf.initial, Node):
        text = _constant_text(leaf.initial, consts)
        if leaf.role == "const" and leaf.initial.op != "constant":
            consts.setdefault(leaf.initial.id, leaf.name)
        return f"{head} = {text}"
    shape = f"[{', '.join(map(str, leaf.node.shape))}]" if leaf.node.shape else ""
    return f"{head}{shape} ~ {_draw_text(leaf.initial)}"


def _draw_text(draw: Draw) -> str:
    if not draw.arguments:
        return draw.distribution
    given = (
        repr(argument) if isinstance(argument, float) else exact_text(argument)
        for argument in draw.arguments
    )
    return f"{draw.distribution}({', '.join(given)})"


def _constant_text(node: Node, names: dict[int, str]) -> str:
    """A constant expression, with the names of earlier consts; other shared parts are repeated."""
    writer = _Writer({}, keeps=True)
    writer.names = names
    for each in ancestors([node]):
        if each.id not in names:
            writer.texts[each.id] = writer.write(each)
    return names.get(node.id) or writer.texts[node.id][0]
