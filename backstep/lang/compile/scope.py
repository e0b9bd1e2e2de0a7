"""What names mean at a place of the text, and which known name a wrong one is nearest to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction
from typing import Final
from unicodedata import name as character_name

from backstep.errors import Diagnostic, Edit, Fix, Span
from backstep.graph.node import Literal, Node, Operand
from backstep.graph.parameters import LeafRole
from backstep.lang.compile.constants import PI_LITERAL
from backstep.lang.compile.definition import Draw, Leaf
from backstep.lang.diagnostics.fixes import foreign_names
from backstep.lang.syntax import names, syntax_tree
from backstep.lang.syntax.refusal import StatementError, Unresolved, refuse
from backstep.ops import FUNCTIONS
from backstep.ops.values import INFINITY_LITERAL

MOST_HINTS = 20
"""How often near names are looked for; every further diagnostic has none."""

_WORDS = {
    "e": "write exp(1), or exp(x) for a power of e",
    "None": "a new axis is made by reshape(x, …) with a size of 1",
    "True": "true and false are options' values alone: mean(x, axis=1, keepdims=true)",
    "False": "true and false are options' values alone; leave the option out",
    "nan": "there is no nan",
}
"""Names that are common words elsewhere."""


INFINITE = "inf"
"""The name of ∞, unless the text declares it."""
LENGTH = "len"
"""The function of a size, which is no value."""


class Silence(Enum):
    """A name whose value is unknown; statements that use it are not reported again."""

    POISON = "poison"


UNRESOLVED: Final = Silence.POISON

_LETTERS = {"sigma": "sigmoid", "Phi": "normal_cdf"}
"""Functions that are printed as a Greek letter, by its name: σ(x), Φ(x)."""


@dataclass(slots=True)
class Declared:
    """A declared name: its leaf, and its value if it can be used in other constants."""

    name: str
    role: LeafRole
    node: Node
    constant: Operand | None
    value_span: Span
    span: Span
    structural: bool = False

    def leaf(self, initial: Node | Draw, label: bool) -> Leaf:
        """The leaf for the definition."""
        return Leaf(self.name, self.role, self.node, initial, self.span, self.structural, label)


@dataclass(frozen=True, slots=True)
class UserFunction:
    """A function of the text; it may call those with a smaller `index`."""

    name: str
    parameters: tuple[str, ...]
    body: syntax_tree.Expression
    index: int
    span: Span


def refuse_version(name: syntax_tree.Name, given_on: Mapping[str, int]) -> None:
    """Raises StatementError for one version of a name, h⁽²⁾, as the target of an assignment.

    Where the text has no name h, h⁽²⁾ is a name like any other.
    """
    version = names.VERSION.search(name.name)
    if version is not None and name.name[: version.start()] in given_on:
        message = f"'{name.name}' means one giving of a name and can't be given a value"
        raise refuse("given_again", message, "write the name alone", name.span)


Meaning = Node | Literal | Declared | Silence


@dataclass(slots=True)
class Scope:
    """The names of a text while it is read from top to bottom, and its doubtful places.

    `given_on` maps every name that the text assigns anywhere to the first such line; `regiven` are
    those that it assigns several times; `left_out` holds the possible products at each place of a
    missing sign; `doubts` are warnings by code and place, `asked` places that were examined for
    one; `read_as` holds the version that `h^(2)` means at its place, 0 if it is a power. `rows` are
    the ids of vectors that were transposed, `signs` the product at each place of a missing sign;
    `probing`: the possible products are asked for, and none is refused.
    """

    given_on: Mapping[str, int]
    regiven: frozenset[str] = frozenset()
    values: dict[str, Node | Declared | Silence] = field(default_factory=dict)
    functions: dict[str, UserFunction | Silence] = field(default_factory=dict)
    loops: dict[str, int] = field(default_factory=dict)
    past_loops: set[str] = field(default_factory=set)
    frames: list[tuple[UserFunction, dict[str, Operand]]] = field(default_factory=list)
    left_out: dict[Span, tuple[str, ...]] = field(default_factory=dict)
    doubts: dict[tuple[str, Span], Diagnostic] = field(default_factory=dict)
    asked: set[Span] = field(default_factory=set)
    read_as: dict[Span, int] = field(default_factory=dict)
    rows: set[int] = field(default_factory=set)
    signs: dict[Span, str] = field(default_factory=dict)
    probing: bool = False
    uncertain: bool = False
    hints: int = 0

    def find(
        self, name: syntax_tree.Name, otherwise: str | None = None
    ) -> Node | Literal | Declared:
        """What a name means here. Raises StatementError if nothing, Unresolved if silent.

        `otherwise` is the hint if no known name is near.
        """
        meaning = self._meaning(name.name)
        if meaning is None:
            if self.uncertain:
                raise Unresolved
            raise StatementError(self._unknown_name(name, otherwise))
        if isinstance(meaning, Silence):
            raise Unresolved
        return meaning

    def give(self, name: str, node: Node, number: int) -> None:
        """Let a result's name mean the node from here on, and `name⁽number⁾` always."""
        self.values[name] = self.values[names.versioned(name, number)] = node

    def given_again(self, name: str) -> bool:
        """Whether a result has several versions here, and is not a function's parameter."""
        inside = bool(self.frames) and name in self.frames[-1][1]
        return not inside and names.versioned(name, 2) in self.values

    def is_given_again(self, name: str) -> bool:
        """Whether a result has several versions here, or more of them further down."""
        inside = bool(self.frames) and name in self.frames[-1][1]
        again = name in self.regiven and isinstance(self.values.get(name), Node)
        return self.given_again(name) or (again and not inside)

    def givings(self, name: str) -> int:
        """How often a name has been assigned so far."""
        count = 0
        while names.versioned(name, count + 1) in self.values:
            count += 1
        return count

    def has_version(self, name: str, number: int) -> bool:
        """Whether `name^(number)` is a version here: the name has been assigned twice or more."""
        return self.given_again(name) and self.version(name, number) is not None

    def version(self, name: str, number: int) -> Node | None:
        """One version of a name, counted from 1."""
        found = self.values.get(names.versioned(name, number))
        return found if isinstance(found, Node) else None

    def doubt(self, *faults: Diagnostic | None) -> None:
        """Keep warnings; one for the same place in another pass of a loop is not repeated."""
        for fault in faults:
            if fault is not None and fault.span is not None:
                self.doubts.setdefault((fault.code, fault.span), fault)

    def called(self, node: Node) -> str | None:
        """A name that means the node here; inside a function, a parameter of it."""
        if self.frames:
            given = self.frames[-1][1].items()
            return next((name for name, operand in given if operand is node), None)
        for name, meaning in self.values.items():
            own = meaning.node if isinstance(meaning, Declared) else meaning
            if own is node and not self.is_version(name):
                return name
        return None

    def is_version(self, name: str) -> bool:
        """Whether `h⁽²⁾` is one of h's versions, and no name of its own."""
        version = names.VERSION.search(name)
        return version is not None and name[: version.start()] in self.values

    def declared(self, node: Node) -> Declared | None:
        """The declared name whose leaf a node is, also inside a function."""
        known = self.values.get(node.params.get("name", ""))
        return known if isinstance(known, Declared) and known.node is node else None

    def knows(self, name: str) -> bool:
        """Whether a name means anything here."""
        return self._meaning(name) is not None

    def _meaning(self, name: str) -> Meaning | None:
        if self.frames and name in self.frames[-1][1]:
            return self.frames[-1][1][name]
        if name in self.loops:
            return Literal(Fraction(self.loops[name]))
        if name == "pi":
            return PI_LITERAL
        found = self.values.get(name)
        return INFINITY_LITERAL if found is None and name == INFINITE else found

    def function(self, name: str) -> UserFunction | str | None:
        """The user's function of this name, the built-in's name, or None. Raises Unresolved."""
        user = self.functions.get(name)
        if user is UNRESOLVED:
            raise Unresolved
        caller = self.frames[-1][0] if self.frames else None
        if isinstance(user, UserFunction) and (caller is None or user.index < caller.index):
            return user
        built_in = _LETTERS.get(name, name)
        return built_in if built_in in FUNCTIONS or built_in == LENGTH else None

    def report_unknown(self, parts: Iterable[syntax_tree.Name]) -> list[Diagnostic]:
        """Diagnostics for those names that mean nothing here; each is reported once in a text."""
        faults = []
        for part in parts:
            if self.knows(part.name):
                continue
            if not self.uncertain:
                faults.append(self._unknown_name(part))
            if part.name not in self.given_on:
                self.values[part.name] = UNRESOLVED
        return faults

    def report_unknown_functions(self, calls: Iterable[syntax_tree.Call]) -> list[Diagnostic]:
        """Diagnostics for the functions that don't exist here; each is reported once in a text."""
        faults = []
        for call in calls:
            name = call.function.name
            if name in self.functions or self.function(name) is not None:
                continue
            if not self.uncertain:
                faults.append(self._unknown_function(call))
            self.functions[name] = UNRESOLVED
        return faults

    def _unknown_name(self, name: syntax_tree.Name, otherwise: str | None = None) -> Diagnostic:
        text = name.name
        line = self.given_on.get(text)
        if text in self.past_loops:
            message = f"'{text}' has a value only inside its loop"
            return Diagnostic("unknown_name", message, "use it in the indented lines", name.span)
        if line is not None:
            message = f"'{text}' is used before it is given a value on line {line}"
            if line <= name.span.line:
                message = f"'{text}' is used before it has a value"
            return Diagnostic("use_before_definition", message, "give it a value above", name.span)
        hint, fixes = self._name_hint(name)
        message = f"unknown name '{text}'"
        return Diagnostic("unknown_name", message, hint or otherwise, name.span, fixes=fixes)

    def _name_hint(self, part: syntax_tree.Name) -> tuple[str | None, tuple[Fix, ...]]:
        """Hint and fixes for a name without a value; fixes that need its context are found
        elsewhere.
        """
        name = part.name
        if self._tired():
            return None, ()
        if name in names.DISTRIBUTIONS:
            return f"a draw follows '~' in a declaration: param W[3, 4] ~ {name}", ()
        known = [each for each, meaning in self.values.items() if meaning is not UNRESOLVED]
        known += [*self.loops, "pi"]
        if self.frames:
            known += self.frames[-1][1]
        alike = self._look_alike(part, known)
        if alike is not None:
            return alike
        if name in _WORDS:
            return _WORDS[name], ()
        if name in FUNCTIONS or name in self.functions:
            return f"'{name}' is a function: write {name}(…)", ()
        return foreign_names.said_of(name), ()

    def _unknown_function(self, call: syntax_tree.Call) -> Diagnostic:
        name, span = call.function.name, call.function.span
        if self.frames and name == self.frames[-1][0].name:
            message, hint = f"'{name}' calls itself", "write a loop: a function can't recur"
            return Diagnostic("recursion", message, hint, span)
        if self.knows(name):
            message = f"'{name}' is a value, not a function"
            return Diagnostic(
                "not_a_function",
                message,
                f"for a product write {name}*(…), for an element {name}[0]",
                span,
            )
        if name in names.DISTRIBUTIONS:
            message = f"'{name}' stands only after '~'"
            hint = f"write, for example, param w ~ {name}(0, 1)"
            return Diagnostic("unknown_name", message, hint, span)
        said, fixes = self._function_hint(call.function)
        return Diagnostic("unknown_name", f"unknown name '{name}'", said, span, fixes=fixes)

    def _function_hint(self, part: syntax_tree.Name) -> tuple[str | None, tuple[Fix, ...]]:
        if self._tired():
            return None, ()
        own = [each for each in self.functions if self.functions[each] is not UNRESOLVED]
        alike = self._look_alike(part, [*FUNCTIONS, *own])
        return alike if alike is not None else (foreign_names.said_of(part.name), ())

    def _tired(self) -> bool:
        self.hints += 1
        return self.hints > MOST_HINTS

    def _look_alike(
        self, part: syntax_tree.Name, known: list[str]
    ) -> tuple[str, tuple[Fix, ...]] | None:
        """A known name that only looks the same, with the letter that makes the difference."""
        name = part.name
        skeleton = names.skeleton(name)
        for each in known:
            letter = names.foreign(name) or names.foreign(each)
            if letter is not None and names.skeleton(each) == skeleton:
                called = character_name(letter, "another letter")
                whose = "this one has" if letter in name else f"the known '{each}' has"
                fix = Fix(f"Write {each}", (Edit.at(part.span, each),))
                return f"did you mean '{each}'? {whose} {called}", (fix,)
        return None
