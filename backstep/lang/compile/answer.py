"""Typed formulas beside a definition, in its names: each is read to a graph of its own.

The formula's leaves stand for the definition's names as they are at its end, so that reading an
answer adds nothing to the definition's own graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite

from lark import Token

from backstep.errors import AnswerError, Details, Diagnostic, LimitError, Span
from backstep.graph.graph import Graph
from backstep.graph.node import Literal, Node, Operand, literal
from backstep.lang.compile.blocks import Blocks
from backstep.lang.compile.board import Board
from backstep.lang.compile.calls import call
from backstep.lang.compile.definition import Definition, Leaf
from backstep.lang.compile.derivatives import DERIVED
from backstep.lang.compile.expressions import Evaluator
from backstep.lang.compile.free_names import parts
from backstep.lang.compile.layers import Layers
from backstep.lang.compile.nodes import Budget, Maker, Text
from backstep.lang.compile.scope import Declared, Scope, UserFunction
from backstep.lang.compile.unparse import written
from backstep.lang.diagnostics.fixes.offer import Attempt, with_fixes
from backstep.lang.diagnostics.fixes.statement import Known
from backstep.lang.syntax import syntax_tree
from backstep.lang.syntax.lines import logical_lines
from backstep.lang.syntax.names import versioned
from backstep.lang.syntax.parser import read, statement_of
from backstep.lang.syntax.refusal import StatementError, Unresolved
from backstep.lang.syntax.tokens import span_of
from backstep.limits import LIMITS
from backstep.ops import TABLE

POINTER = "/answer"
_LISTED = 12
"""How many names a hint lists."""
_START = Span(1, 1, 1, 2)


@dataclass(frozen=True, slots=True)
class Answer:
    """A compiled formula: its node, and by name the leaves that stand for the definition's.

    `meant` are the definition's own nodes; an earlier version of a name is named h⁽²⁾. `built_in`
    are constants whose numbers are part of the formula: a bound of `clip`, an exponent.
    """

    node: Node
    names: Mapping[str, Node]
    meant: Mapping[str, Node]
    built_in: frozenset[str] = frozenset()
    read_as: str | None = None
    """How `h^(1)` was read, if it is an earlier version and no power."""
    read: str = ""
    """The formula as it was read, in the language, with the sign of every product."""


def read_answer(
    definition: Definition,
    text: str,
    values: Mapping[str, float] | None = None,
    further: Mapping[str, Node] | None = None,
    most: int = LIMITS.source_bytes,
) -> Answer:
    """The formula of a text. Raises AnswerError, with every diagnostic at its place in the text.

    A literal is a node too, so that every answer has one. `values` replace the text's constants;
    `further` are names besides the definition's, with the definition's nodes that they stand for.
    Raises LimitError for a text of more than `most` bytes.
    """

    def attempt(source: str, statement: syntax_tree.Statement | None = None) -> Attempt:
        scope = Scope({}, probing=statement is not None)
        faults: tuple[Diagnostic, ...] = ()
        try:
            value = (
                statement.value
                if isinstance(statement, syntax_tree.Assign)
                else expression(source, most)
            )
            _understood(definition, source, value, values or {}, scope, further)
        except AnswerError as error:
            faults = error.faults
        return Attempt(faults, known, scope.left_out)

    try:
        return _understood(
            definition, text, expression(text, most), values or {}, Scope({}), further
        )
    except LimitError as error:
        raise LimitError(*_at_answer(error.faults), details=error.details) from None
    except AnswerError as error:
        known = _known(definition)
        raise AnswerError(*with_fixes(text, error.faults, attempt)) from None


def _known(definition: Definition) -> Known:
    """The names that an answer may use."""
    shapes = {name: node.shape for name, node in _meant(definition).items()}
    functions = [each.name.name for each in _functions(definition)]
    return Known(dict.fromkeys(shapes, 0), frozenset(functions), shapes, formula=True)


def _functions(definition: Definition) -> list[syntax_tree.Function]:
    program, _ = read(definition.source)
    return [each for each in program.statements if isinstance(each, syntax_tree.Function)]


def admit_length(text: str, most: int = LIMITS.source_bytes) -> None:
    """Raises LimitError if a typed formula has more than `most` bytes."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > most:
        message = f"the answer is {size:,} bytes; {most:,} are allowed"
        details: Details = {"limit": "source_bytes", "measured": size, "allowed": most}
        raise LimitError(Diagnostic("source_bytes", message), details=details)


def expression(text: str, most: int = LIMITS.source_bytes) -> syntax_tree.Expression:
    """The syntax tree of a formula that stands alone. Raises AnswerError, LimitError."""
    admit_length(text, most)
    lines = logical_lines(text)
    if not lines:
        raise _refused(
            Diagnostic("empty", "there is no formula", "write, for example: 2*x", _START)
        )
    if lines[0].faults:
        raise _refused(*lines[0].faults)
    tokens = lines[0].tokens
    equal = _top_level_equal(tokens)
    if equal is not None:
        message = "an answer is a formula alone"
        hint = "write only what stands after '='"
        raise _refused(Diagnostic("equation", message, hint, span_of(equal)))
    if len(lines) > 1:
        at = lines[1].tokens[0] if lines[1].tokens else None
        span = _START if at is None else span_of(at)
        hint = "a formula goes on in the next line inside brackets"
        raise _refused(Diagnostic("several_lines", "an answer is one formula", hint, span))
    # Read as a statement's right side: the grammar's start is a line.
    whole = (*_left_side(tokens[0]), *tokens)
    try:
        statement = statement_of(whole)
    except StatementError as refused:
        raise _refused(refused.fault) from None
    assert isinstance(statement, syntax_tree.Assign)
    return statement.value


def _left_side(first: Token) -> tuple[Token, Token]:
    def made(kind: str, value: str) -> Token:
        at = span_of(first)
        return Token(kind, value, 0, at.line, at.column, at.line, at.column, 0)

    return made("NAME", "answer"), made("EQUAL", "=")


def _top_level_equal(tokens: Sequence[Token]) -> Token | None:
    depth = 0
    for token in tokens:
        depth += token.type in ("LPAR", "LSQB")
        depth -= token.type in ("RPAR", "RSQB")
        if depth == 0 and token.type == "EQUAL":
            return token
    return None


def _understood(
    definition: Definition,
    text: str,
    value: syntax_tree.Expression,
    values: Mapping[str, float],
    scope: Scope,
    further: Mapping[str, Node] | None,
) -> Answer:
    """The compiled formula; `scope` is empty, and is filled with the definition's names."""
    meant = {**_meant(definition), **(further or {})}
    count = sum(map(len, definition.names.values())) + len(meant)
    graph = Graph(TABLE, LIMITS.forward_nodes + count)
    names = {
        name: graph.apply("leaf", name=name, role="input", shape=node.shape)
        for name, node in meant.items()
    }
    layers = Layers(Maker(Text(text), graph, empties=True), definition.seed)
    layers.masks.update({place: names[place] for place in _masks(definition)})
    scope.values.update(names)
    declared = {
        leaf.name: _declared(leaf, names[leaf.name], values.get(leaf.name))
        for leaf in definition.leaves
    }
    scope.values.update(declared)
    for leaf in definition.leaves:
        layers.leaves[leaf.name] = replace(leaf, node=names[leaf.name])
    for statement in _functions(definition):
        scope.functions[statement.name.name] = UserFunction(
            statement.name.name,
            tuple(parameter.name for parameter in statement.parameters),
            statement.body,
            len(scope.functions),
            statement.name.span,
        )
    value = _plain(value, scope, text)
    found = _evaluated(value, scope, layers, list(definition.names))
    node = graph.apply("constant", found) if isinstance(found, Literal) else found
    built_in = frozenset(name for name, each in declared.items() if each.structural)
    said = [each for each in scope.doubts.values() if each.code == "version_by_superscript"]
    read_as = f"{said[0].message}; {said[0].hint}" if said else None
    return Answer(node, names, meant, built_in, read_as, written(value, scope.signs))


def operand(
    value: syntax_tree.Expression, scope: Scope, layers: Layers, names: Sequence[str] = ()
) -> Operand:
    """A formula in the names of a scope: a node of the layers' graph, or a number.

    `names` are those to list if one is unknown. Raises AnswerError.
    """
    value = _plain(value, scope, layers.maker.text.source)
    return _evaluated(value, scope, layers, names)


def _plain(value: syntax_tree.Expression, scope: Scope, text: str) -> syntax_tree.Expression:
    """A formula in the language's own terms. Raises AnswerError."""
    try:
        return Board(scope, Text(text), runs=True).formula(value)
    except StatementError as refused:
        raise _refused(refused.fault) from None


def _evaluated(
    value: syntax_tree.Expression, scope: Scope, layers: Layers, names: Sequence[str]
) -> Operand:
    graph = layers.maker.graph
    assert graph is not None
    _report_unknown(scope, value, names)
    try:
        return Evaluator(scope, Budget(), layers.maker, Blocks(graph), call, layers).evaluate(value)
    except StatementError as refused:
        raise _refused(refused.fault) from None
    except Unresolved:
        raise _refused(
            Diagnostic("unknown_name", "the answer cannot be read", None, _START)
        ) from None


def _meant(definition: Definition) -> dict[str, Node]:
    """The nodes by name at the end of a text, then those of earlier versions."""
    found = {name: given[-1].node for name, given in definition.names.items()}
    for name, given in definition.names.items():
        if len(given) > 1:
            found |= {versioned(name, each.index): each.node for each in given}
    return {**found, **_masks(definition)}


def _masks(definition: Definition) -> dict[str, Node]:
    """The masks of dropout by their names, h.mask_1, as a printed partial has them."""
    nodes = definition.graph.nodes[: definition.graph.forward_count]
    return {node.params["place"]: node for node in nodes if "place" in node.params}


def _declared(leaf: Leaf, node: Node, value: float | None) -> Declared:
    constant: Operand | None = None
    if value is not None:
        constant = literal(value) if isfinite(value) else None
    elif isinstance(leaf.initial, Node):
        first = leaf.initial.inputs[0] if leaf.initial.op == "constant" else None
        constant = first if isinstance(first, Literal) else leaf.initial
    return Declared(leaf.name, leaf.role, node, constant, leaf.span, leaf.span)


def _report_unknown(scope: Scope, value: syntax_tree.Expression, names: Sequence[str]) -> None:
    inside = list(parts(value))
    faults = scope.report_unknown(part for part in inside if isinstance(part, syntax_tree.Name))
    faults += scope.report_unknown_functions(
        part for part in inside if isinstance(part, syntax_tree.Call)
    )
    if faults:
        raise _refused(*(_with_names(fault, names) for fault in faults))


def _with_names(fault: Diagnostic, names: Sequence[str]) -> Diagnostic:
    """The diagnostic of an unknown name, with a list of the known ones if it has no other hint."""
    if fault.hint is not None or not names:
        return fault
    more = ", …" if len(names) > _LISTED else ""
    return replace(fault, hint=f"the definition's names: {', '.join(names[:_LISTED])}{more}")


def _refused(*faults: Diagnostic) -> AnswerError:
    return AnswerError(*_at_answer(faults))


def _at_answer(faults: Iterable[Diagnostic]) -> list[Diagnostic]:
    return [replace(_reworded(fault), pointer=POINTER) for fault in faults]


def _reworded(fault: Diagnostic) -> Diagnostic:
    if fault.hint == DERIVED:
        return replace(fault, hint="write the formula in the definition's names")
    return fault
