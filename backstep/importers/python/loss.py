"""Which value of a Python text is the loss, the role of each name, and warnings about both."""

from __future__ import annotations

import ast
import re

from backstep.errors import Diagnostic, PastedError, Span
from backstep.graph.parameters import LeafRole
from backstep.graph.shape import spell
from backstep.importers.definition import Declared, Given, Imported
from backstep.importers.formulas import ATOM, Value, mark
from backstep.importers.python.reading import Reader
from backstep.importers.python.state import Failure
from backstep.importers.python.values import (
    OF_GRADIENT,
    Class,
    Free,
    Function,
    Instance,
    Layer,
    Unsaid,
)
from backstep.importers.roles import LEARNED, LOSS, SET, TARGET

_ASIDE = re.compile(r"(?:^|_)(?:val|valid|validation|test|eval|dev)(?:_|$)", re.IGNORECASE)
_ERROR = re.compile(r"(?:^|_)(?:error|err|errors|residual|residuals|resid)(?:_|\d|$)", re.I)
_GRADIENT = re.compile(r"^d[A-Z_]|grad|delta|^d[a-z]\d?$|^d(?:scores|logits|hidden|out)", re.I)


def finished(reader: Reader, tree: ast.Module) -> Imported:
    """The definition of what was read. Raises PastedError."""
    warnings: list[Diagnostic] = []
    loss, where = _loss(reader, tree, warnings)
    loss = _scalar(reader, loss, where, warnings)
    live = reader.definition.live(loss)
    _roles(reader, live)
    for name, (shape, line) in reader.assumed.items():
        number = next(
            (
                each
                for each in live
                if isinstance(entry := reader.definition.entries[each], Declared)
                and reader._free[name].uses == {each}
                and entry is not None
            ),
            None,
        )
        if number is None:
            continue
        said = "a number" if not shape else spell(shape)
        message = f"the text does not say what {name} is: it is taken as {said}"
        hint = "give it the values and the sizes that are meant"
        warnings.append(Diagnostic("assumed", message, hint, _line_span(line)))
    for message, node in reader.noted:
        warnings.append(Diagnostic("read_otherwise", message, None, span_of(node)))
    warnings += _left_out(reader, live, where)
    return Imported(reader.definition.text(loss), tuple(warnings))


def span_of(node: ast.AST) -> Span | None:
    """The place of a part of the text; its columns are still bytes."""
    line = getattr(node, "lineno", None)
    if line is None:
        return None
    column, end = getattr(node, "col_offset", 0), getattr(node, "end_col_offset", None)
    last = getattr(node, "end_lineno", line) or line
    return Span(line, column + 1, last, (column if end is None else end) + 1)


def _line_span(line: int) -> Span | None:
    return Span(line, 1, line, 1) if line else None


def _loss(reader: Reader, tree: ast.Module, warnings: list[Diagnostic]) -> tuple[Value, ast.AST]:
    if reader.sent_back:
        _refuse(next((each for each in reader.failures if _goes_on(reader, each)), None))
        return reader.sent_back[-1]
    _refuse(next((each for each in reader.failures if each.sends_back), None))
    if not reader.given and reader.last is None:
        _call_last(reader, tree)
        if reader.sent_back:
            return reader.sent_back[-1]
    named = [each for each in reader.given if LOSS.search(each[0]) and not each[1].shape]
    own = [each for each in named if not _ASIDE.search(each[0])] or named
    failed = [each for each in reader.failures if any(LOSS.search(name) for name in each.names)]
    if own:
        _, value, node = own[-1]
        return value, node
    _refuse(failed[-1] if failed else None)
    errors = [
        each for each in reader.given if _ERROR.search(each[0]) and not _by_hand(reader, each[1])
    ]
    if errors and reader.learned:
        name, value, node = errors[-1]
        squares = reader.formulas.power(value, reader.formulas.number(2))
        total = squares if not value.shape else reader.formulas.call("sum", squares)
        half = reader.formulas.binary("/", total, reader.formulas.number(2))
        message = f"the text gives no loss: it is taken as half the squares of {name}"
        warnings.append(Diagnostic("loss_assumed", message, None, span_of(node)))
        return half, node
    kept = [each for each in reader.given if not _GRADIENT.search(each[0])] or reader.given
    if reader.last is not None and reader.tensor(reader.last[0]).uses:
        value, node = reader.tensor(reader.last[0]), reader.last[1]
        number = reader.definition.entry(value)
        name = "the last value" if number is None else reader.definition.entries[number].name
    elif kept:
        name, value, node = kept[-1]
    else:
        _refuse(reader.failures[-1] if reader.failures else None)
        raise PastedError(
            Diagnostic("nothing_computed", "the text computes nothing from arrays or numbers")
        )
    compared = _compared(reader, value) if reader.learned else None
    if compared is None:
        return value, node
    message = f"the text gives no loss: half the squares of {name} less its target is taken as it"
    warnings.append(Diagnostic("loss_assumed", message, None, span_of(node)))
    return compared, node


def _compared(reader: Reader, value: Value) -> Value | None:
    """Half the squares of a value less the target of its shape, if the text has one."""
    for number, entry in enumerate(reader.definition.entries):
        if not isinstance(entry, Declared) or entry.shape != value.shape:
            continue
        if not TARGET.fullmatch(entry.name.rstrip("_")):
            continue
        if number in reader.definition.live(value):
            return None
        formulas = reader.formulas
        target = Value(mark(number), ATOM, formulas.leaf(value.shape), frozenset({number}))
        squares = formulas.power(formulas.binary("-", value, target), formulas.number(2))
        total = formulas.call("sum", squares) if value.shape else squares
        return formulas.binary("/", total, formulas.number(2))
    return None


def _by_hand(reader: Reader, value: Value) -> bool:
    """Whether a value depends on a gradient that the text computes itself."""
    entries = (reader.definition.entries[each] for each in reader.definition.live(value))
    return any(_GRADIENT.search(each.name) for each in entries if isinstance(each, Given))


def _goes_on(reader: Reader, failure: Failure) -> bool:
    """Whether a loss is computed from the gradient of what was sent back before."""
    if failure.message != OF_GRADIENT:
        return False
    named = any(LOSS.search(name) and not _GRADIENT.search(name) for name in failure.names)
    return named or (failure.sends_back and not failure.names)


def _refuse(failure: Failure | None) -> None:
    """Raise PastedError with the reason of a failure, if there was one."""
    if failure is not None:
        raise PastedError(Diagnostic("not_read", failure.message, None, span_of(failure.node)))


def _call_last(reader: Reader, tree: ast.Module) -> None:
    """Where a text only defines, what it defines last is called on names of its own."""
    known = list(reader.scope.names.values())
    found = [each for each in known if isinstance(each, Function | Class)]
    rows = [each for each in known if isinstance(each, Layer) and each.kind == "Sequential"]
    if rows and not found:
        _call_layers(reader, rows[-1], tree)
        return
    named = [each for each in found if isinstance(each, Function) and LOSS.search(each.name)]
    if not found:
        return
    called = named[-1] if named else found[-1]
    node = called.node
    try:
        if isinstance(called, Class):
            start = called.methods.get("__init__")
            free = [] if start is None else _arguments(start)[1:]
            made = reader.call(called, [Free(each, node.lineno) for each in free], {}, node)
            if not isinstance(made, Instance):
                return
            forward = next(
                (
                    made.of.methods[each]
                    for each in ("loss", "forward", "__call__")
                    if each in made.of.methods
                ),
                None,
            )
            if forward is None:
                return
            called = Function(forward, made.of.scope, made)
        names = _arguments(called.node)[1 if called.owner is not None else 0 :]
        if called.owner is None and names[:1] == ["self"]:
            reader.scope.names["self"] = Free("self", node.lineno)
        value = reader.call(called, [Free(each, node.lineno) for each in names], {}, node)
        if isinstance(value, tuple | list) and value:
            value = value[0]
        reader.last = (reader.tensor(value), node)
    except Unsaid as error:
        reader.guesses.failed(error.shapes)
        where = error.node or node
        reader.failures.append(Failure((), error.message, where, sends_back=False))


def _call_layers(reader: Reader, layer: Layer, tree: ast.Module) -> None:
    """Layers in a row that the text only makes, called on a name of its own."""
    node = tree.body[-1]
    try:
        value = reader.call(layer, [Free("x", node.lineno)], {}, node)
        reader.last = (reader.tensor(value), node)
    except Unsaid as error:
        reader.guesses.failed(error.shapes)
        reader.failures.append(Failure((), error.message, error.node or node, sends_back=False))


def _arguments(node: ast.FunctionDef | ast.Lambda) -> list[str]:
    spec = node.args
    listed = [each.arg for each in (*spec.posonlyargs, *spec.args)]
    return listed[: len(listed) - len(spec.defaults)]


def _scalar(reader: Reader, value: Value, where: ast.AST, warnings: list[Diagnostic]) -> Value:
    """The loss as a name given by a formula; what is no scalar is summed."""
    if value.shape:
        number = reader.definition.entry(value)
        name = "the last value" if number is None else reader.definition.entries[number].name
        message = f"{name} is {spell(value.shape)}: the sum of its elements is taken as the loss"
        warnings.append(Diagnostic("loss_assumed", message, None, span_of(where)))
        number = reader.definition.entry(value)
        if number is None and value.uses:
            value = reader.definition.give("u", value)
        value = reader.formulas.call("sum", value)
    number = reader.definition.entry(value)
    if number is None or isinstance(reader.definition.entries[number], Declared):
        if not value.uses:
            raise PastedError(
                Diagnostic("nothing_computed", "the text computes nothing from named values")
            )
        return reader.definition.give("L", value)
    return value


def _roles(reader: Reader, live: list[int]) -> None:
    entries = {
        number: entry
        for number in live
        if isinstance(entry := reader.definition.entries[number], Declared)
    }
    arrays = any(entry.shape for entry in entries.values())
    for number, entry in entries.items():
        if entry.role is None:
            entry.role = _role(reader, number, entry, arrays)
    if not any(entry.role == "param" for entry in entries.values()):
        for entry in entries.values():
            if entry.role in ("input", "const") and LEARNED.fullmatch(entry.name):
                entry.role = "param"
    for entry in entries.values():
        filled = (entry.value or "").startswith(("zeros(", "ones("))
        if filled and entry.role == "input" and re.fullmatch(r"b\d*|b_\w+|bias\w*", entry.name):
            entry.role = "param"
        if entry.role == "param" and entry.shape:
            sizes = ", ".join(map(str, entry.shape))
            for word in ("zeros", "ones"):
                if entry.value == f"{word}({sizes})":
                    entry.value, entry.draw = None, word


def _role(reader: Reader, number: int, entry: Declared, arrays: bool) -> LeafRole:
    if number in reader.learned or entry.name in reader.survey.updated:
        return "param"
    if number in reader.targets or TARGET.fullmatch(entry.name.rstrip("_")):
        return "target"
    if entry.literal and (arrays or SET.fullmatch(entry.name)):
        return "param" if arrays and re.fullmatch(r"[wb]\d*", entry.name) else "const"
    return "input"


def _left_out(reader: Reader, live: list[int], where: ast.AST) -> list[Diagnostic]:
    """What the text computes after its loss, which backprop does here."""
    last = max((getattr(where, "lineno", 0), 0))
    after = [
        (name, node)
        for name, value, node in reader.given
        if not value.uses <= set(live)
        and getattr(node, "lineno", 0) > last
        and _GRADIENT.search(name)
    ]
    if not after or not last:
        return []
    first = min(getattr(node, "lineno", 0) for _, node in after)
    message = (
        f"gradients that the text computes by hand, from line {first} on, are left out: "
        "they are computed here"
    )
    return [Diagnostic("left_out", message, None, _line_span(first))]
