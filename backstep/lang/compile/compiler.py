"""Syntax tree to definition: statements in order, names and versions, loops, the loss."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from backstep.errors import AnswerError, DefinitionError, Diagnostic, LimitError, Span
from backstep.graph.graph import Graph
from backstep.graph.node import Literal, Node, Operand
from backstep.lang.compile import checks, unparse
from backstep.lang.compile.answer import read_answer
from backstep.lang.compile.blocks import Blocks
from backstep.lang.compile.board import Board
from backstep.lang.compile.calls import call
from backstep.lang.compile.constants import PI_LITERAL
from backstep.lang.compile.declarations import start_of
from backstep.lang.compile.definition import Definition, DerivedLine, Draw, Reading, Version
from backstep.lang.compile.expressions import Evaluator
from backstep.lang.compile.free_names import given_again, given_on, parts
from backstep.lang.compile.layers import Layers
from backstep.lang.compile.nodes import Budget, Maker, Text, limit_error
from backstep.lang.compile.scope import UNRESOLVED, Declared, Scope, UserFunction, refuse_version
from backstep.lang.diagnostics import doubts
from backstep.lang.diagnostics.fixes.offer import Attempt, with_fixes
from backstep.lang.diagnostics.fixes.statement import Known
from backstep.lang.syntax import syntax_tree
from backstep.lang.syntax.names import VERSION
from backstep.lang.syntax.parser import read, told
from backstep.lang.syntax.partial_names import partial_of
from backstep.lang.syntax.refusal import StatementError, Unresolved, refuse
from backstep.lang.syntax.tokens import split_lines
from backstep.limits import LIMITS
from backstep.ops import TABLE


def compile_text(source: str, rows: Mapping[str, int] | None = None) -> Definition:
    """Compile a text to a definition.

    `rows` sets another length for the first axis of declared names: the text compiled for a batch
    of another size. Such a name starts from zeros in place of its initial value in the text. Raises
    DefinitionError with every independent diagnostic, and LimitError if a limit is passed.
    """
    program, faults = read(source)
    builder = _Builder(program, list(faults), rows or {})
    try:
        builder.run(program.statements)
        if not builder.faults:
            return builder.finish()
        found = builder.faults
    except DefinitionError as error:
        found = list(error.faults)
    except LimitError as error:
        if not builder.faults:
            raise
        found = [*builder.faults, *error.faults]
    raise DefinitionError(*with_fixes(source, told(found), _attempt))


def _attempt(source: str, statement: syntax_tree.Statement | None = None) -> Attempt:
    """Compile a text to find what is wrong with it; `statement` replaces the one on its line.

    Raises LimitError.
    """
    program, faults = read(source)
    if statement is not None:
        line = statement.span.line
        statements = _with_statement(program.statements, statement)
        program = replace(program, statements=statements)
        faults = [each for each in faults if each.span is None or each.span.line != line]
    builder = _Builder(program, list(faults), {}, tried=True)
    builder.scope.probing = statement is not None
    try:
        builder.run(program.statements)
        if not builder.faults:
            builder.finish()
    except DefinitionError as error:
        builder.faults.extend(error.faults)
    values = builder.scope.values
    shapes = {
        name: (value.node if isinstance(value, Declared) else value).shape
        for name, value in values.items()
        if isinstance(value, Declared | Node)
    }
    functions = builder.scope.functions.items()
    own = frozenset(name for name, each in functions if isinstance(each, UserFunction))
    known = Known(builder.scope.given_on, own, shapes)
    return Attempt(tuple(builder.faults), known, builder.scope.left_out)


def _with_statement(
    statements: tuple[syntax_tree.Statement, ...], new: syntax_tree.Statement
) -> tuple[syntax_tree.Statement, ...]:
    """The statements, with one replaced by another on its line."""
    made = []
    for each in statements:
        if each.span.line == new.span.line:
            each = new
        elif isinstance(each, syntax_tree.Loop | syntax_tree.Broken):
            each = replace(each, body=_with_statement(each.body, new))
        made.append(each)
    return tuple(made)


@dataclass(slots=True)
class _Builder:
    """A definition under construction."""

    program: syntax_tree.Program
    faults: list[Diagnostic]
    rows: Mapping[str, int]
    tried: bool = False
    """Compiled only to see whether a changed text is valid; its warnings are not looked for."""
    graph: Graph = field(default_factory=lambda: Graph(TABLE))
    constants: Graph = field(default_factory=lambda: Graph(TABLE))
    budget: Budget = field(default_factory=Budget)
    names: dict[str, list[Version]] = field(default_factory=dict)
    leaves: list[tuple[Declared, Node | Draw]] = field(default_factory=list)
    last: syntax_tree.Name | None = None
    loss: syntax_tree.Minimize | None = None
    seed: syntax_tree.Seed | None = None
    reported: set[Diagnostic] = field(default_factory=set)
    checked: set[int] = field(default_factory=set)
    by_hand: list[syntax_tree.Assign] = field(default_factory=list)
    written: dict[int, tuple[syntax_tree.Statement, syntax_tree.Statement]] = field(
        default_factory=dict
    )
    scope: Scope = field(init=False)
    board: Board = field(init=False)
    blocks: Blocks = field(init=False)
    layers: Layers = field(init=False)
    network: Evaluator = field(init=False)
    declared: Evaluator = field(init=False)

    def __post_init__(self) -> None:
        text = Text(self.program.source)
        statements = self.program.statements
        self.scope = Scope(given_on(statements), given_again(statements))
        self.board = Board(self.scope, text)
        self.blocks = Blocks(self.graph)
        network, declared = Maker(text, self.graph), Maker(text, self.constants)
        seeds = [
            each.value for each in self.program.statements if isinstance(each, syntax_tree.Seed)
        ]
        self.layers = Layers(network, seeds[0] if seeds else 0)
        self.network = Evaluator(self.scope, self.budget, network, self.blocks, call, self.layers)
        self.declared = Evaluator(self.scope, self.budget, declared, None, call)

    def run(self, statements: tuple[syntax_tree.Statement, ...]) -> None:
        """Read statements in order; a wrong one is reported, and its targets are not used."""
        for statement in statements:
            self.budget.spend(statement.span)
            try:
                statement = self._written(statement)
                match statement:
                    case syntax_tree.Declare():
                        self._declare(statement)
                    case syntax_tree.Assign() if self._is_derived(statement):
                        self.by_hand.append(statement)
                    case syntax_tree.Assign():
                        self._assign(statement)
                    case syntax_tree.Function():
                        self._function(statement)
                    case syntax_tree.Loop():
                        self._loop(statement)
                    case syntax_tree.Minimize():
                        self._minimize(statement)
                    case syntax_tree.Seed():
                        self._seed(statement)
                    case syntax_tree.Broken():
                        self._poison(statement)
            except StatementError as refused:
                self._report(refused.fault)
                self._poison(statement)
            except Unresolved:
                self._poison(statement)

    def _is_derived(self, part: syntax_tree.Assign) -> bool:
        """Whether a line behind `minimize L`, where L has its value, gives a partial by hand, or
        a value in between.
        """
        loss = None if self.loss is None else self.loss.name.name
        if loss is None or loss not in self.names or len(part.targets) != 1 or self.scope.loops:
            return False
        (target,) = part.targets
        if target.name in self.names:
            return False
        given = {name for each in self.by_hand for name in (each.targets[0].name,)}
        reads = {each.name for each in parts(part.value) if isinstance(each, syntax_tree.Name)}
        return bool(given & reads) or partial_of(target.name, self.names, loss) is not None

    def _written(self, statement: syntax_tree.Statement) -> syntax_tree.Statement:
        """The statement in the language's own terms: in every pass of a loop the same."""
        known = self.written.get(id(statement))
        if known is None:
            made = self.board.statement(statement)
            # The statement is kept too, so that its id stays its own.
            known = self.written[id(statement)] = statement, made
        return known[1]

    def _report(self, *faults: Diagnostic) -> None:
        for fault in faults:
            if fault not in self.reported:
                self.reported.add(fault)
                self.faults.append(fault)

    def _poison(self, statement: syntax_tree.Statement) -> None:
        """Mark the targets of a wrong statement as unknown, so that they are not reported again."""
        match statement:
            case syntax_tree.Declare():
                self._poison_names(statement.name)
            case syntax_tree.Assign():
                self._poison_names(*statement.targets)
            case syntax_tree.Function():
                self.scope.functions.setdefault(statement.name.name, UNRESOLVED)
            case syntax_tree.Loop():
                for inner in statement.body:
                    self._poison(inner)
            case syntax_tree.Broken():
                self._poison_names(*statement.targets)
                for name in statement.targets:
                    self.scope.functions.setdefault(name.name, UNRESOLVED)
                for inner in statement.body:
                    self._poison(inner)
                self.scope.uncertain |= not statement.targets and not statement.body

    def _poison_names(self, *given: syntax_tree.Name) -> None:
        for name in given:
            if not isinstance(self.scope.values.get(name.name), Declared):
                self.scope.values[name.name] = UNRESOLVED

    def _known(self, *expressions: syntax_tree.Expression) -> None:
        """Report every unknown name and function of formulas at once. Raises Unresolved.

        What was known in one pass of a loop is known in the next, and is not looked for again.
        """
        new = [each for each in expressions if id(each) not in self.checked]
        if not new:
            return
        names: list[syntax_tree.Name] = []
        calls: list[syntax_tree.Call] = []
        for each in new:
            for part in parts(each):
                if isinstance(part, syntax_tree.Name):
                    names.append(part)
                elif isinstance(part, syntax_tree.Call):
                    calls.append(part)
        faults = self.scope.report_unknown(names)
        faults += self.scope.report_unknown_functions(calls)
        if faults:
            self._report(*faults)
            raise Unresolved
        self.checked.update(map(id, new))

    def _free(self, name: syntax_tree.Name, again: str | None = None) -> None:
        """Refuse a name that can't be assigned here.

        `again` says what a name that has a value already can't be; None: it may be reassigned.
        """
        refuse_version(name, self.scope.given_on)
        if "/" in name.name:
            message = "left of '=' stands the name that is given a value"
            hint = "partials are given below the line minimize L, where L has its value"
            raise refuse("left_side", message, hint, name.span)
        before = self.scope.values.get(name.name)
        if isinstance(before, Declared):
            line = before.span.line
            what = again or "can't be given again"
            message = f"'{name.name}' is declared as {before.role} on line {line} and {what}"
        elif name.name in self.names and (again is not None or VERSION.search(name.name)):
            again = again or "can't be given again"
            line = self.names[name.name][0].line
            message = f"'{name.name}' is given a value on line {line} and {again}"
        elif name.name in self.scope.loops:
            message = f"'{name.name}' counts the passes of a loop and can't be given a value"
        else:
            return
        raise refuse("given_again", message, "choose another name", name.span)

    def _declare(self, part: syntax_tree.Declare) -> None:
        name = part.name.name
        self._free(part.name, "can't be declared again")
        value = part.value
        read = value.arguments if isinstance(value, syntax_tree.Drawn) else (value,)
        self._known(*(part.shape or ()), *read)
        start = start_of(part, self.declared, self.rows.get(name))
        node = self.network.maker.make(
            "leaf", name=name, role=part.role, shape=start.shape, span=part.name.span
        )
        known = Declared(name, part.role, node, start.constant, value.span, part.name.span)
        self.scope.values[name] = known
        self.leaves.append((known, start.initial))
        self.names[name] = [Version(name, node, part.name.span.line, 1)]

    def _assign(self, part: syntax_tree.Assign) -> None:
        for target in part.targets:
            self._free(target)
        self._known(part.value)
        title = ", ".join(target.name for target in part.targets)
        with self.blocks.block("statement", title, part.span) as block:
            start = len(self.graph.nodes)
            self.layers.target = part.targets[0].name
            values = self.network.values(part.value)
            self.layers.target = None
            if len(values) != len(part.targets):
                raise self._wrong_count(part, len(values))
            named: list[Node] = []
            for value in values:
                node = self._own(value, start, part.value.span)
                if node in named:
                    node = self.network.maker.make("identity", node, span=part.value.span)
                named.append(node)
            block.output = named[-1]
        for target, node in zip(part.targets, named, strict=True):
            given = self.names.setdefault(target.name, [])
            given.append(Version(target.name, node, target.span.line, len(given) + 1))
            self.scope.give(target.name, node, len(given))
        self.last = part.targets[-1]

    def _own(self, value: Operand, start: int, span: Span) -> Node:
        """A node of the statement's own: a value that is only passed on is named by an identity."""
        if isinstance(value, Literal):
            return self.network.maker.make("constant", value, span=span)
        return value if value.id >= start else self.network.maker.make("identity", value, span=span)

    def _wrong_count(self, part: syntax_tree.Assign, count: int) -> StatementError:
        if len(part.targets) == 1:
            message = f"'{part.targets[0].name}' is one name for {count} values"
            return refuse("several_values", message, "name them all: a, b = …", part.span)
        values = "1 value" if count == 1 else f"{count} values"
        message = f"{len(part.targets)} names are given {values}"
        hint = "give each name its value on a line of its own" if count == 1 else None
        return refuse("several_values", message, hint, part.span)

    def _function(self, part: syntax_tree.Function) -> None:
        name = part.name.name
        before = self.scope.functions.get(name)
        if isinstance(before, UserFunction):
            message = f"the function '{name}' is defined on line {before.span.line} already"
            raise refuse("given_again", message, "choose another name", part.name.span)
        parameters = tuple(parameter.name for parameter in part.parameters)
        function = UserFunction(
            name, parameters, part.body, len(self.scope.functions), part.name.span
        )
        inside = list(parts(part.body))
        calls = [each for each in inside if isinstance(each, syntax_tree.Call)]
        used = [each for each in inside if isinstance(each, syntax_tree.Name)]
        self.scope.frames.append((function, dict.fromkeys(parameters, PI_LITERAL)))
        try:
            recurs = [each for each in calls if each.function.name == name]
            if recurs:
                message = f"'{name}' calls itself"
                hint = "write a loop: a function can't recur"
                raise refuse("recursion", message, hint, recurs[0].function.span)
            # An outer name is looked up when the function is called: it may be assigned until then.
            faults = self.scope.report_unknown(
                each for each in used if each.name not in self.scope.given_on
            )
            faults += self.scope.report_unknown_functions(calls)
        finally:
            self.scope.frames.pop()
        if faults:
            self._report(*faults)
            raise Unresolved
        self.scope.functions[name] = function

    def _loop(self, part: syntax_tree.Loop) -> None:
        variable = part.variable.name
        self._free(part.variable, "can't count the passes of a loop")
        self._known(*part.bounds)
        passes = self._passes(part)
        if len(passes) > LIMITS.forward_nodes:
            raise limit_error(
                "forward_nodes", "passes of a loop", len(passes), LIMITS.forward_nodes, part.span
            )
        self.budget.enter(part.span)
        try:
            for value in passes:
                self.scope.loops[variable] = value
                before = len(self.faults)
                title = f"{variable} = {value}"
                own = [value] if part.over == "layers" else []
                block = self.blocks.block("loop", title, part.span, pass_=value)
                with block, self.layers.inside(own):
                    self.run(part.body)
                if len(self.faults) > before:
                    # Every further pass would only repeat the diagnostic.
                    self._poison(part)
                    break
        finally:
            self.budget.leave()
            self.scope.loops.pop(variable, None)
            self.scope.past_loops.add(variable)

    def _passes(self, part: syntax_tree.Loop) -> range:
        bounds = [self.network.whole(each, "a loop's bound") for each in part.bounds]
        if len(bounds) == 3 and bounds[2] == 0:
            raise refuse("loop_bounds", "a loop's step can't be 0", None, part.bounds[2].span)
        if part.over == "layers" and bounds[0] < 0:
            raise refuse("loop_bounds", "a number of layers is 0 or more", None, part.span)
        return range(*bounds)

    def _minimize(self, part: syntax_tree.Minimize) -> None:
        if self.loss is not None:
            message = f"the loss is chosen on line {self.loss.span.line} already"
            raise refuse("second_loss", message, "delete one of the two lines", part.span)
        self.loss = part

    def _seed(self, part: syntax_tree.Seed) -> None:
        if self.seed is not None:
            message = f"the seed is given on line {self.seed.span.line} already"
            raise refuse("second_seed", message, "delete one of the two lines", part.span)
        self.seed = part

    def finish(self) -> Definition:
        """The definition, after the last statement. Raises DefinitionError."""
        try:
            chosen = self.loss.name if self.loss is not None else self.last
            loss = checks.loss(self.scope, chosen, self.program.statements[-1].span)
        except StatementError as refused:
            raise DefinitionError(refused.fault) from None
        labels = checks.labels(self.graph)
        written = {
            known.node.id: (initial, known.value_span)
            for known, initial in self.leaves
            if isinstance(initial, Node)
        }
        faults = checks.class_numbers(self.graph, written)
        if faults:
            raise DefinitionError(*told(list(dict.fromkeys(faults))))
        names = {name: tuple(versions) for name, versions in self.names.items()}
        for name, leaf in self.layers.leaves.items():
            names[name] = (Version(name, leaf.node, leaf.span.line, 1),)
        called = {
            version.node.id: version.name for versions in names.values() for version in versions
        }
        declared = {known.node.id: known.name for known, _ in self.leaves}
        own = (known.leaf(initial, known.node.id in labels) for known, initial in self.leaves)
        definition = Definition(
            source=self.program.source,
            graph=self.graph,
            constants=self.constants,
            leaves=(*own, *self.layers.leaves.values()),
            names=names,
            loss_name=loss.name,
            loss=loss.node,
            blocks=self.blocks.all(),
            seed=0 if self.seed is None else self.seed.value,
            warnings=self._warnings(
                [
                    *checks.broadcasts(loss.node, called),
                    *checks.counted_from_one(self.graph, declared, self.program.source),
                ]
            ),
            readings=self._readings(),
        )
        return (
            replace(definition, derived=self._derived(definition)) if self.by_hand else definition
        )

    def _derived(self, definition: Definition) -> tuple[DerivedLine, ...]:
        """The lines that give partials by hand. Raises DefinitionError."""
        lines = split_lines(self.program.source)
        made: list[DerivedLine] = []
        given: dict[str, Node] = {}
        faults: list[Diagnostic] = []
        for part in self.by_hand:
            name, span = part.targets[0].name, part.value.span
            text = _within(lines, span)
            try:
                answer = read_answer(definition, text, further=given)
            except AnswerError as error:
                faults += [_moved(each, span) for each in error.faults]
                continue
            of = partial_of(name, self.names, definition.loss_name)
            line = part.span.line
            made.append(DerivedLine(line, name, of, text, answer.node, answer.names, answer.meant))
            given[name] = answer.node
        if faults:
            raise DefinitionError(*told(faults))
        return tuple(made)

    def _readings(self) -> tuple[Reading, ...]:
        """The statements that are written as on a board, as they were read."""
        if self.tried:
            return ()
        found: dict[int, str] = {}
        for typed, made in self.written.values():
            line = typed.span.line
            if made is typed and line not in self.program.shorthand:
                continue
            text = unparse.statement(made, self.scope.signs)
            if text is not None:
                found[line] = text
        return tuple(Reading(line, found[line]) for line in sorted(found))

    def _warnings(self, of_the_graph: list[Diagnostic]) -> tuple[Diagnostic, ...]:
        """The warnings in the text's order, with those of their fixes that hold."""
        if self.tried:
            return ()
        found = [*self.program.warnings, *self.scope.doubts.values(), *of_the_graph]
        large = len(self.graph.nodes) > _MOST_READ_AGAIN
        return tuple(doubts.with_fixes(self.program.source, found, None if large else _stands))


def _stands(source: str) -> bool:
    """Whether a changed text compiles."""
    try:
        return not _attempt(source).faults
    except LimitError:
        return False


def _within(lines: list[str], span: Span) -> str:
    """The text of a span, as many lines as it has."""
    if span.line == span.end_line:
        return lines[span.line - 1][span.column - 1 : span.end_column - 1]
    first, *middle = lines[span.line - 1 : span.end_line - 1]
    last = lines[span.end_line - 1][: span.end_column - 1]
    return "\n".join([first[span.column - 1 :], *middle, last])


def _moved(fault: Diagnostic, at: Span) -> Diagnostic:
    """A diagnostic of a formula, at its place in the text that the formula stands in."""
    if fault.span is None:
        return replace(fault, span=at, pointer=None, fixes=())
    span = fault.span

    def moved(line: int, column: int) -> tuple[int, int]:
        return line + at.line - 1, column + (at.column - 1 if line == 1 else 0)

    place = Span(*moved(span.line, span.column), *moved(span.end_line, span.end_column))
    return replace(fault, span=place, pointer=None, fixes=())


_MOST_READ_AGAIN = 5_000
"""The largest network, in nodes, on which a warning's fix is tried."""
