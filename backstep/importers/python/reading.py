"""Python read as a definition: its statements one by one, with formulas for values. Nothing is run.

A statement that cannot be read makes the names that it assigns opaque; only if the loss needs one
of these is the text refused, at that place.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from backstep.importers.formulas import Unwritable, Value
from backstep.importers.python import arrays, libraries
from backstep.importers.python.calls import Calls, Returned
from backstep.importers.python.changes import changed, merged
from backstep.importers.python.expressions import bind
from backstep.importers.python.memory import TURNED
from backstep.importers.python.state import MOST_PASSES, Failure
from backstep.importers.python.survey import (
    is_update,
    keeps_none,
    last_name,
    leaves,
    sends_back,
    step_target,
    steps,
    steps_down,
    trains,
)
from backstep.importers.python.values import (
    Class,
    Data,
    Free,
    Function,
    Instance,
    Keys,
    Layer,
    Library,
    Names,
    Opaque,
    Scalar,
    Scope,
    Unsaid,
)
from backstep.importers.roles import LOSS

_ALIASES = {"numpy": "np", "tensorflow": "tf"}
_SILENT = frozenset(
    ["print", "show", "plot", "append", "figure", "title", "xlabel", "ylabel", "legend", "savefig"]
)


class _Left(Exception):
    """A loop's `break`."""


class _Next(Exception):
    """A loop's `continue`."""


class _Undecided(Exception):
    """A `break` or `continue` that values decide about, so that no pass after it is known."""

    def __init__(self, node: ast.If) -> None:
        self.node = node


class Reader(Calls):
    """Reads the statements of a text."""

    def run(self, body: Sequence[ast.stmt]) -> None:
        """Read statements in their order."""
        for statement in body:
            try:
                self._statement(statement)
            except (_Left, _Next, _Undecided):
                said = "a break or continue outside of a loop"
                self.failures.append(Failure((), said, statement, True))

    def _statement(self, node: ast.stmt) -> None:
        self._spend(node)
        self.line = node.lineno
        try:
            self._read(node)
        except Unsaid as error:
            self._failed(node, error)
        except Unwritable as error:
            self._failed(node, Unsaid(str(error), node, shapes=error.shapes))

    def _failed(self, node: ast.stmt, error: Unsaid) -> None:
        self.guesses.failed(error.shapes)
        where = error.node or node
        names = tuple(_targets(node))
        self.failures.append(Failure(names, error.message, where, sends_back(node)))
        if isinstance(node, ast.Assign | ast.AugAssign) and not error.free:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                self._spoil(target, Opaque(error.message, where))
        for name in names:
            unknown = Free(name, node.lineno) if error.free else Opaque(error.message, where)
            self._keep(name, unknown)
        if isinstance(node, ast.Return):
            raise Returned(Opaque(error.message, where), node)

    def _spoil(self, target: ast.expr, unknown: Opaque) -> None:
        """Put what could not be read where an element or an attribute would have been kept."""
        try:
            match target:
                case ast.Subscript(value=container, slice=key):
                    found = self.evaluate(container)
                    if isinstance(found, dict):
                        found[self._key(key)] = unknown
                        return
                    self._replace(found, unknown, target)
                    if isinstance(container, ast.Name):
                        self._keep(container.id, unknown)
                case ast.Tuple(elts=parts) | ast.List(elts=parts):
                    for part in parts:
                        self._spoil(part, unknown)
                case ast.Name() if isinstance(unknown.node, ast.AugAssign | ast.Call):
                    self._replace(self.evaluate(target), unknown, target)
                case ast.Attribute(value=owner, attr=name):
                    found = self.evaluate(owner)
                    if isinstance(found, Instance):
                        found.attributes[name] = unknown
                    else:
                        self._replace(found, unknown, target)
        except (Unsaid, TypeError):
            return

    def _read(self, node: ast.stmt) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                self._assign(node, targets, value)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self._store(target, self.evaluate(value), node)
            case ast.AugAssign():
                self._augment(node)
            case ast.Expr(value=value):
                self._expression(value)
            case ast.FunctionDef(name=name):
                self.scope.names[name] = Function(node, self.scope)
            case ast.ClassDef(name=name):
                self.scope.names[name] = self._class(node)
            case ast.Import(names=names):
                for each in names:
                    path = _path(each.name)
                    bound = each.asname or each.name.partition(".")[0]
                    self.scope.names[bound] = Library(path if each.asname else path[:1])
            case ast.ImportFrom(module=module, names=names):
                for each in names:
                    found = libraries.member(self, (*_path(module or ""), each.name))
                    self.scope.names[each.asname or each.name] = found
            case ast.Return(value=value):
                raise Returned(None if value is None else self.evaluate(value), node)
            case ast.For() | ast.While():
                self._loop(node)
            case ast.With(body=body, items=items):
                self._with(items, body)
            case ast.If(test=test, body=body, orelse=orelse):
                self._branch(node, test, body, orelse)
            case ast.Try(body=body, orelse=orelse, finalbody=last):
                self.run_inside([*body, *orelse, *last])
            case ast.Break():
                raise _Left
            case ast.Continue():
                raise _Next
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                self._elsewhere(names, nonlocal_=isinstance(node, ast.Nonlocal))
            case ast.Delete(targets=targets):
                for gone in targets:
                    self._delete(gone)
            case ast.Match() | ast.AsyncFor() | ast.AsyncWith() | ast.AsyncFunctionDef():
                raise Unsaid("a statement that is not read", node)

    def _elsewhere(self, names: Sequence[str], *, nonlocal_: bool) -> None:
        """Names that a function assigns where they are: in the text's scope, or the next one."""
        for name in names:
            home = self.scope.outer
            while home is not None and home.outer is not None:
                if nonlocal_ and name in home.names:
                    break
                home = home.outer
            if home is not None:
                self.scope.elsewhere[name] = home

    def _keep(self, name: str, value: object) -> None:
        """Put a value under a name, in the scope that the name is of."""
        self.scope.elsewhere.get(name, self.scope).names[name] = value

    def _delete(self, target: ast.expr) -> None:
        if not isinstance(target, ast.Subscript):
            return
        found = self.evaluate(target.value)
        if isinstance(found, dict):
            found.pop(self._key(target.slice), None)
        elif isinstance(found, list):
            libraries.method(self, found, "pop", [self.evaluate(target.slice)], {}, target)

    def run_inside(self, body: Sequence[ast.stmt]) -> None:
        """Read the statements of a block."""
        for statement in body:
            self._statement(statement)

    def _assign(self, node: ast.Assign, targets: Sequence[ast.expr], value: ast.expr) -> None:
        if is_update(node) or (self.training and steps_down(node)):
            known = self._known(targets[0])
            if known is not None and (is_update(node) or self._is_leaf(known)):
                self._learn(known)
                return
        found = self.evaluate(value)
        for target in targets:
            self._store(target, found, node)

    def _augment(self, node: ast.AugAssign) -> None:
        known = self._known(node.target)
        step = is_update(node) or (self.training and steps_down(node))
        if known is not None and step and self._is_leaf(known):
            self._learn(known)
            return
        current = self.evaluate(node.target)
        if isinstance(current, Data) and current.leaf is None and current.draw is not None:
            # Drawn and scaled at once, it is one draw.
            current = replace(current, name=None)
        found = self.operate(node.op, current, self.evaluate(node.value))
        shared = isinstance(current, Value | Data) and (bool(current.shape) or self.survey.torch)
        self._store(node.target, found, node)
        if isinstance(current, list):
            if not isinstance(found, list):
                raise Unsaid("a list that is changed in place", node)
            current[:] = found
            self.forget(current)
            self._store(node.target, current, node)
        elif shared and not isinstance(node.target, ast.Subscript):
            self._replace(current, self.evaluate(node.target), node)

    def _known(self, target: ast.expr) -> object:
        try:
            return self.evaluate(target)
        except (Unsaid, Unwritable):
            return None

    def _is_leaf(self, value: object) -> bool:
        if isinstance(value, Data | Free | Scalar | int | float | list | dict | tuple):
            return True
        return isinstance(value, Value) and self.definition.declared(value) is not None

    def _store(self, target: ast.expr, value: object, node: ast.stmt) -> None:
        match target:
            case ast.Name(id=name):
                self._keep(name, self._named(name, value, node))
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part, each in zip(parts, self._unpacked(value, len(parts), node), strict=True):
                    self._store(part, each, node)
            case ast.Attribute(value=owner, attr=name):
                self._store_attribute(owner, name, value, node)
            case ast.Subscript(value=container, slice=key):
                self._store_item(container, key, value, node)

    def _store_attribute(self, owner: ast.expr, name: str, value: object, node: ast.stmt) -> None:
        try:
            found = self.evaluate(owner)
        except Unsaid:
            return
        if isinstance(found, Instance):
            found.attributes[name] = self._named(name, value, node)
        elif name == "requires_grad" and value is True:
            self._learn(found)
        elif isinstance(found, Value | Data) and name in (*TURNED, "shape") and not self.training:
            raise Unsaid(f"an array's {name}, which is set", node)
        elif isinstance(found, Opaque) and isinstance(owner, ast.Name) and owner.id == "self":
            self.scope.names.setdefault(f"self.{name}", value)

    def _store_item(
        self, container: ast.expr, key: ast.expr, value: object, node: ast.stmt
    ) -> None:
        found = self.evaluate(container)
        if isinstance(found, dict):
            place = self._key(key)
            found[place] = self._named(_element(container, place), value, node)
            return
        if isinstance(found, list):
            place = self.whole(self.evaluate(key))
            if not -len(found) <= place < len(found):
                raise Unsaid("an index outside of the list", node)
            if isinstance(value, list | tuple):
                raise Unsaid("a list in the place of an element", node)
            found[place] = value
            self.forget(found)
            return
        picked = self.evaluate(key)
        if isinstance(found, Data) and arrays.written(found, picked, value):
            return
        made = arrays.replaced(self, found, picked, value)
        kept = _stored(container)
        if isinstance(kept, ast.Attribute) and kept.attr in TURNED:
            raise Unsaid("an assignment to elements of an array", node)
        self._store(container, made, node)
        self._replace(found, self.evaluate(container), node)

    def _unpacked(self, value: object, count: int, node: ast.stmt) -> Sequence[object]:
        if isinstance(value, Opaque | Keys):
            return [value] * count
        parts = self.rows(value, node)
        if len(parts) != count:
            raise Unsaid(f"{len(parts)} values for {count} names", node)
        return parts

    def _expression(self, node: ast.expr) -> None:
        if isinstance(node, ast.Constant):
            return
        if isinstance(node, ast.Call):
            name = last_name(node.func)
            if name == "append" and isinstance(node.func, ast.Attribute) and len(node.args) == 1:
                found = self.evaluate(node.func.value)
                if isinstance(found, list):
                    arrays.light([*found, self.evaluate(node.args[0])])
                    found.append(self.evaluate(node.args[0]))
                    self.forget(found)
                return
            if name == "print" and len(node.args) == 1 and self.scope.outer is None:
                node = node.args[0]
            elif name in _SILENT:
                return
            if isinstance(node, ast.Call):
                self._changing(node)
                return
        self._shown(node, self.evaluate(node))

    def _shown(self, node: ast.expr, found: object) -> None:
        if self.scope.outer is None and isinstance(found, Value | Data | Scalar):
            self.last = (found, node)

    def _changing(self, node: ast.Call) -> None:
        """A call that stands alone: what it changes is its value from here on, `x.mul_(2)`."""
        target = changed(node)
        if target is None:
            self._shown(node, self.evaluate(node))
            return
        known = self._known(target)
        if isinstance(known, Layer | Opaque | Instance | type(None)):
            self.evaluate(node)
            return
        if isinstance(known, list | tuple | dict | str):
            try:
                self.evaluate(node)
            except (Unsaid, Unwritable) as error:
                self._replace(known, Opaque(str(error), node), node)
                raise
            return
        if last_name(node.func) in ("sub_", "add_") and steps(node):
            self._learn(known)
            return
        statement = ast.Assign([target], node, lineno=node.lineno, col_offset=node.col_offset)
        try:
            found = self.evaluate(node)
        except (Unsaid, Unwritable) as error:
            self._spoil(target, Opaque(str(error), node))
            if isinstance(target, ast.Name):
                self._keep(target.id, Opaque(str(error), node))
            raise
        self._replace(known, found, node)
        self._store(target, found, statement)

    def _replace(self, known: object, found: object, node: ast.AST) -> None:
        """What is changed in place is changed under all of its names.

        What shows other elements of the same array cannot be read from here on.
        """
        if self.survey.immutable or known is None or isinstance(known, Opaque):
            return
        whole = self.memory.whole(known)
        torn = Opaque("an array whose elements are changed in place under another name", node)
        for names in self._namespaces():
            for name, each in names.items():
                if each is known:
                    names[name] = found
                elif each is not found and self.memory.whole(each) is whole:
                    names[name] = torn

    def _namespaces(self) -> Iterator[Names]:
        """The names that may stand for an array: those of open scopes, objects and dictionaries."""
        seen: set[int] = set()
        for opened in (self.scope, *self.callers):
            scope: Scope | None = opened
            while scope is not None and id(scope) not in seen:
                seen.add(id(scope))
                yield scope.names
                for each in list(scope.names.values()):
                    if isinstance(each, Instance) and id(each) not in seen:
                        seen.add(id(each))
                        yield each.attributes
                    elif isinstance(each, dict) and id(each) not in seen:
                        seen.add(id(each))
                        yield each
                scope = scope.outer

    def _with(self, items: Sequence[ast.withitem], body: Sequence[ast.stmt]) -> None:
        for item in items:
            if keeps_none(item):
                self._updates_in(body)
                self._held_in(body)
                return
            if isinstance(item.optional_vars, ast.Name):
                self.scope.names[item.optional_vars.id] = Opaque("a context", item.context_expr)
        self.run_inside(body)

    def _updates_in(self, body: Sequence[ast.stmt]) -> None:
        """Note what is updated where no gradient is kept; nothing there belongs to the loss."""
        for statement in body:
            for node in ast.walk(statement):
                if isinstance(node, ast.AugAssign) or (
                    isinstance(node, ast.Assign) and is_update(node)
                ):
                    target = node.target if isinstance(node, ast.AugAssign) else node.targets[0]
                    known = self._known(target)
                    if known is not None and is_update(node):
                        self._learn(known)

    def _held_in(self, body: Sequence[ast.stmt]) -> None:
        """Values that are computed where no gradient is kept, if the text uses them elsewhere."""
        for statement in body:
            if not isinstance(statement, ast.Assign) or is_update(statement):
                continue
            names = set(_targets(statement))
            if not names or not names <= self.survey.used_outside:
                continue
            before, self.held = self.held, self._calls + 1
            try:
                self._statement(statement)
            finally:
                self.held = before

    def _branch(
        self,
        node: ast.If,
        test: ast.expr,
        body: Sequence[ast.stmt],
        orelse: Sequence[ast.stmt],
    ) -> None:
        if _is_main(test):
            self.run_inside(body)
            return
        found = self._condition(test)
        if found is not None and self._by_value(test):
            chosen = merged(node)
            if chosen is not None:
                self._read(chosen)
                return
            found = None
        if found is None:
            names = [name for each in (*body, *orelse) for name in _targets(each)]
            for name in names:
                self.scope.names[name] = Opaque("what an if decides by values", node)
            if not self.training and any(leaves(each) for each in (*body, *orelse)):
                raise _Undecided(node)
            if any(LOSS.search(name) for name in names):
                # What was called the loss before is not what it is now.
                self.given = [each for each in self.given if each[0] not in names]
                said = "what an if decides by values"
                self.failures.append(Failure(tuple(names), said, node, False))
            parts = (part for each in (*body, *orelse) for part in ast.walk(each))
            returns = next((part for part in parts if isinstance(part, ast.Return)), None)
            if returns is not None:
                # What the function gives is not known, whichever way it goes on.
                raise Returned(Opaque("what an if decides by values", node), returns)
            return
        self.run_inside(body if found else orelse)

    def _loop(self, node: ast.For | ast.While) -> None:
        try:
            self._passes(node)
        except _Undecided as undecided:
            said = "a loop that values leave"
            for name in _targets(node):
                self._keep(name, Opaque(said, undecided.node))
            self.failures.append(Failure(tuple(_targets(node)), said, undecided.node, False))

    def _passes(self, node: ast.For | ast.While) -> None:
        body = node.body
        if isinstance(node, ast.While) and not (trains(body) or self._descends(body)):
            self._while(node)
            return
        if trains(body) or self._descends(body):
            if isinstance(node, ast.For):
                self._first_pass(node)
            self.training += 1
            try:
                self._pass(body)
            finally:
                self.training -= 1
            return
        assert isinstance(node, ast.For)
        found = self.evaluate(node.iter)
        passes = self.rows(found, node)
        if len(passes) > MOST_PASSES:
            # So many passes are those of a training, whose steps a method takes.
            bind(self.scope, node.target, passes[0])
            self._pass(body)
            return
        for each in passes:
            bind(self.scope, node.target, each)
            if not self._pass(body):
                break

    def _while(self, node: ast.While) -> None:
        """A loop that no training is: its passes, if numbers of the text decide how many."""
        for count in range(MOST_PASSES):
            goes_on = self._condition(node.test)
            endless = isinstance(node.test, ast.Constant)
            if goes_on is None or (goes_on and (endless or self._by_value(node.test)) and count):
                if not count:
                    self._pass(node.body)
                self.noted.append(("the loop is read as one pass: what ends it is computed", node))
                return
            if not goes_on or not self._pass(node.body):
                return
        raise Unsaid(f"a loop of more than {MOST_PASSES} passes", node)

    def _descends(self, body: Sequence[ast.stmt]) -> bool:
        """Whether a loop subtracts from an array that stands before it."""
        for statement in body:
            if isinstance(statement, ast.Assign | ast.AugAssign) and steps_down(statement):
                name = last_name(step_target(statement))
                known = self.scope.names.get(name)
                if known is not None and self._is_leaf(known) and not isinstance(known, Free):
                    return True
        return False

    def _pass(self, body: Sequence[ast.stmt]) -> bool:
        """One pass; False if the loop is left in it."""
        try:
            self.run_inside(body)
        except _Left:
            return False
        except _Next:
            return True
        return True

    def _first_pass(self, node: ast.For) -> None:
        """The variables of a training's loop, as they are in its first pass."""
        try:
            passes = self.rows(self.evaluate(node.iter), node)
        except (Unsaid, Unwritable):
            passes = []
        if passes:
            value = passes[0]
            names = list(_targets(node))
            if isinstance(value, int) and len(names) == 1:
                self.scope.names[names[0]] = value
                return
            try:
                self._store(node.target, value, node)
            except Unsaid:
                passes = []
        if not passes:
            for name in _targets(node):
                self.scope.names[name] = Free(name, node.lineno)

    def _class(self, node: ast.ClassDef) -> Class:
        methods = {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}
        scalar = "backward" in methods and "__add__" in methods
        return Class(node, self.scope, methods, scalar)


def _path(module: str) -> tuple[str, ...]:
    first, *rest = module.split(".")
    return (_ALIASES.get(first, first), *rest)


def _element(container: ast.expr, place: object) -> str:
    """What an element of a dictionary is called: by its key, if that is a word."""
    return place if isinstance(place, str) else f"{last_name(container)}_{place}"


def _stored(container: ast.expr) -> ast.expr:
    """The name or the element that an array is kept under. Raises Unsaid."""
    if isinstance(container, ast.Name | ast.Attribute | ast.Subscript):
        return container
    raise Unsaid("an assignment to elements of what has no name", container)


def _is_main(test: ast.expr) -> bool:
    return (
        isinstance(test, ast.Compare)
        and isinstance(test.left, ast.Name)
        and test.left.id == "__name__"
    )


def _targets(node: ast.AST) -> Iterator[str]:
    """The names that a statement assigns."""
    for part in ast.walk(node):
        if isinstance(part, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            return
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id
