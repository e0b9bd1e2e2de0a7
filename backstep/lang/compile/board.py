"""What is written as on a board, in the language's own terms: `u(1 − u)`, `W^T`, `e^z`, `W^(1)`.

Such a form depends on the names that a text has: `u(1 − u)` is a product where u is a value, and
`e^z` an exponential where no e is given. A formula without such a form is returned as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TypeGuard, cast

from backstep.errors import Diagnostic, Edit, Fix, Span
from backstep.graph.node import Node
from backstep.lang.compile.free_names import parts
from backstep.lang.compile.nodes import Text
from backstep.lang.compile.scope import Declared, Scope
from backstep.lang.syntax import names, syntax_tree
from backstep.lang.syntax.implicit_products import ARRAYS
from backstep.lang.syntax.reader import under_a_bar
from backstep.lang.syntax.refusal import StatementError, refuse
from backstep.lang.syntax.syntax_tree import LEFT_OUT
from backstep.ops import FUNCTIONS

_ALIASES = {"ln": "log", "sgn": "sign"}
_ACTIVATIONS = (
    *("relu", "sigmoid", "tanh", "softmax", "log_softmax", "leaky_relu", "elu", "selu", "gelu"),
    *("silu", "softplus", "hardtanh", "swish", "mish", "log_sigmoid", "hardsigmoid", "hardswish"),
)
_BY_LETTERS = {each.replace("_", ""): each for each in _ACTIVATIONS}
_OF_ARRAYS = frozenset({"dtype", "requires_grad", "device", "shape", "copy", "ndmin", "order"})
"""What a printed array says beside its numbers."""
_INDEXED = re.compile(r"(.+?)_([^\W\d_]+)")
_LONGEST_RUN = 16
_LOWERED = "ᵢⱼₖₗₘₙₜ"


@dataclass(slots=True)
class Board:
    """Formulas of one text: `scope` has its names so far, and all that it assigns anywhere.

    `runs`: letters that run together and split in one way into names are their product, as in a
    typed answer.
    """

    scope: Scope
    text: Text
    runs: bool = False
    bound: list[str] = field(default_factory=list)
    """The indices of the sums that are open."""
    parameters: frozenset[str] = frozenset()
    """Those of the function that is read."""
    declares: bool = False
    """Whether the value of a declared name is read."""
    lowered: dict[str, str] = field(default_factory=dict)
    """By the index of a sum a name that stands with it as a subscript, as w in `w_i`."""

    def statement(self, part: syntax_tree.Statement) -> syntax_tree.Statement:
        """A statement with its formulas in the language's own terms. Raises StatementError."""
        match part:
            case syntax_tree.Declare(value=syntax_tree.Drawn()):
                shape = None if part.shape is None else self._each(part.shape)
                return part if shape is part.shape else replace(part, shape=shape)
            case syntax_tree.Declare():
                shape = None if part.shape is None else self._each(part.shape)
                self.declares = True
                try:
                    value = self.formula(cast("syntax_tree.Expression", part.value))
                finally:
                    self.declares = False
                same = shape is part.shape and value is part.value
                return part if same else replace(part, shape=shape, value=value)
            case syntax_tree.Assign():
                value = self.formula(part.value)
                return part if value is part.value else replace(part, value=value)
            case syntax_tree.Function():
                self.parameters = frozenset(each.name for each in part.parameters)
                try:
                    body = self.formula(part.body)
                finally:
                    self.parameters = frozenset()
                return part if body is part.body else replace(part, body=body)
            case syntax_tree.Loop():
                bounds = self._each(part.bounds)
                return part if bounds is part.bounds else replace(part, bounds=bounds)
            case _:
                return part

    def formula(self, part: syntax_tree.Expression) -> syntax_tree.Expression:
        """A formula in the language's own terms. Raises StatementError where it can't be told."""
        match part:
            case syntax_tree.Name():
                return self._name(part)
            case syntax_tree.Sign():
                operand = self.formula(part.operand)
                return part if operand is part.operand else replace(part, operand=operand)
            case syntax_tree.Power():
                return self._power(part)
            case syntax_tree.OperatorChain():
                return self._chain(part)
            case syntax_tree.Call():
                return self._call(part)
            case syntax_tree.Index():
                return self._index(part)
            case syntax_tree.Attribute():
                value = self.formula(part.value)
                if value is part.value:
                    return part
                return _into_last(value, lambda last: replace(part, value=last), part.span)
            case syntax_tree.ListOf():
                items = self._each(part.items)
                return part if items is part.items else replace(part, items=items)
            case syntax_tree.Total():
                return self._total(part)
            case _:
                return part

    def _each(
        self, given: tuple[syntax_tree.Expression, ...]
    ) -> tuple[syntax_tree.Expression, ...]:
        made = tuple(self.formula(each) for each in given)
        return given if all(a is b for a, b in zip(made, given, strict=True)) else made

    def _knows(self, name: str) -> bool:
        """Whether a name has a value, here or further down."""
        inside = name in self.bound or name in self.parameters
        return inside or self.scope.knows(name) or name in self.scope.given_on

    def _name(self, part: syntax_tree.Name) -> syntax_tree.Expression:
        name = part.name
        if self._knows(name):
            return part
        other = names.otherwise_accented(name)
        if other is not None and self._knows(other):
            return replace(part, name=other)
        element = self._element(part) if self.bound else None
        return element or self._product_of_run(part) or part

    def _product_of_run(self, part: syntax_tree.Name) -> syntax_tree.OperatorChain | None:
        """`λw` as λ times w, where there is no such name and no other way to split it."""
        quoted = self.text.quote(part.span, _LONGEST_RUN) if self.runs else None
        if quoted is None:
            return None
        typed = quoted.strip("() \t")
        found = list(islice(_splits(typed, self.scope.values), 2))
        if len(found) != 1:
            return None
        at = part.span
        column = at.column + quoted.index(typed)
        factors = []
        for piece in found[0]:
            span = Span(at.line, column, at.line, column + len(piece))
            factors.append(syntax_tree.Name(names.canonical(piece) or piece, span))
            column += len(piece)
        links = tuple(
            syntax_tree.OperatorLink(
                LEFT_OUT, each, Span(at.line, each.span.column, at.line, each.span.column)
            )
            for each in factors[1:]
        )
        return _joined(factors[0], links, at)

    def _element(self, part: syntax_tree.Name) -> syntax_tree.Expression | None:
        """`w_i` under a sum over i: the element of w, where there is no w_i."""
        match = _INDEXED.fullmatch(part.name)
        lowered = ((self.text.quote(part.span) or "").rstrip(") ") or " ")[-1] in _LOWERED
        if match is None and lowered:
            match = re.fullmatch(r"(.+?)([^\W\d_])", part.name)
        if match is None or not self._knows(match[1]):
            return None
        if not all(letter in self.bound for letter in match[2]):
            return None
        self.lowered.update(dict.fromkeys(match[2], match[1]))
        items = tuple(syntax_tree.Name(letter, part.span) for letter in match[2])
        return syntax_tree.Index(syntax_tree.Name(match[1], part.span), items, part.span)

    def _total(self, part: syntax_tree.Total) -> syntax_tree.Expression:
        name = part.variable.name
        if self.scope.knows(name) or name in self.bound or name in self.parameters:
            message = f"'{name}' has a meaning here already, and can't count a sum's terms"
            raise refuse("given_again", message, "choose another index", part.variable.span)
        first, last = self.formula(part.first), self.formula(part.last)
        self.bound.append(name)
        try:
            body = self.formula(part.body)
            stem = self.lowered.pop(name, None)
        finally:
            self.bound.pop()
        if stem is not None and not (isinstance(first, syntax_tree.Number) and first.value == 0):
            raise self._from_one(part, stem)
        return replace(part, first=first, last=last, body=body)

    def _from_one(self, part: syntax_tree.Total, stem: str) -> StatementError:
        """The error of `Σ_{i=1}^{n} w_i`: on paper elements count from 1, and here from 0."""
        name, first, last = part.variable.name, part.first, part.last
        message = f"elements count from 0: the first of {stem} is {stem}_{name} at {name} = 0"
        hint = f"count {name} from 0, or write the elements as {stem}[{name}]"
        known = self.scope.values.get(stem)
        node = known.node if isinstance(known, Declared) else known
        size = node.shape[0] if isinstance(node, Node) and node.shape else 0
        fixes: tuple[Fix, ...] = ()
        ends = [each.value for each in (first, last) if isinstance(each, syntax_tree.Number)]
        if size and ends == [1, size]:
            edits = (Edit.at(first.span, "0"), Edit.at(last.span, str(size - 1)))
            fixes = (Fix(f"Count from 0 to {size - 1}", edits),)
        return StatementError(Diagnostic("index", message, hint, part.span, fixes=fixes))

    def _power(self, part: syntax_tree.Power) -> syntax_tree.Expression:
        base, exponent = part.base, part.exponent
        if self._is_turned_before_brackets(exponent):
            # `W^T (u − y)`: the brackets are no argument of T.
            sign = replace(exponent.function, name=names.TURNED)
            only = cast("syntax_tree.Expression", exponent.arguments[0])
            turned = self._power(replace(part, exponent=sign))
            return self._times(turned, exponent, self.formula(only), part.span)
        if isinstance(exponent, syntax_tree.Name) and (
            exponent.name == names.TURNED or (exponent.name == "T" and not self._knows("T"))
        ):
            letter = syntax_tree.Name("T", exponent.span)
            return self.formula(syntax_tree.Attribute(base, letter, part.span))
        if isinstance(base, syntax_tree.Name) and not self._knows(base.name):
            named = self._raised_name(base, exponent, part.span)
            if named is not None:
                return named
            if base.name == "e":
                called = syntax_tree.Name("exp", base.span)
                return syntax_tree.Call(called, (self._exponent(exponent),), (), part.span)
        above = self._exponent(exponent)
        below = self.formula(base)
        if self._is_length(below) and isinstance(above, syntax_tree.Number) and above.value == 2:
            assert isinstance(below, syntax_tree.Call)
            square = syntax_tree.Power(
                cast("syntax_tree.Expression", below.arguments[0]), above, below.span
            )
            total = syntax_tree.Name("sum", below.function.span)
            return syntax_tree.Call(total, (square,), (), part.span)
        if below is base and above is exponent:
            return part
        return _into_last(below, lambda last: replace(part, base=last, exponent=above), part.span)

    def _is_turned_before_brackets(
        self, exponent: syntax_tree.Expression
    ) -> TypeGuard[syntax_tree.Call]:
        return (
            isinstance(exponent, syntax_tree.Call)
            and exponent.function.name in ("T", names.TURNED)
            and not self._knows("T")
            and "T" not in self.scope.functions
            and len(exponent.arguments) == 1
            and not exponent.keywords
            and not isinstance(exponent.arguments[0], syntax_tree.Comparison)
        )

    def _exponent(self, part: syntax_tree.Expression) -> syntax_tree.Expression:
        above = self.formula(part)
        if (
            above is not part
            and isinstance(above, syntax_tree.Joined)
            and not self.text.starts(part.span, "(")
        ):
            message = "what is raised to this power does not show how far the exponent goes"
            raise refuse("implicit_product", message, "put the exponent in brackets", part.span)
        return above

    def _raised_name(
        self, base: syntax_tree.Name, exponent: syntax_tree.Expression, span: Span
    ) -> syntax_tree.Name | None:
        """`W^(1)` where the text has names W⁽¹⁾, W⁽²⁾ and no W."""
        if not isinstance(exponent, syntax_tree.Number) or not exponent.text.isdecimal():
            return None
        given = [*self.scope.given_on, *self.scope.values]
        stems = {each.partition("⁽")[0] for each in given if names.VERSION.search(each)}
        if base.name not in stems or not self.text.starts(exponent.span, "("):
            return None
        return syntax_tree.Name(names.versioned(base.name, int(exponent.text)), span)

    def _with_powers_behind(self, part: syntax_tree.OperatorChain) -> syntax_tree.OperatorChain:
        """A product without signs with `σ²(z)` as `σ(z)²`, where σ is the function; and a function
        of the text likewise.
        """
        if not isinstance(part, syntax_tree.Joined):
            return part
        first, links = part.first, list[syntax_tree.OperatorLink]()
        for link in part.links:
            before = links[-1].operand if links else first
            called = self._raised_call(before, link)
            if called is None:
                links.append(link)
            elif links:
                links[-1] = replace(links[-1], operand=called)
            else:
                first = called
        return replace(part, first=first, links=tuple(links))

    def _raised_call(
        self, before: syntax_tree.Expression, link: syntax_tree.OperatorLink
    ) -> syntax_tree.Power | None:
        """`σ²` and `(z)` behind it as the square of σ(z); None if they are a product."""
        if not isinstance(before, syntax_tree.Power):
            return None
        base, exponent = before.base, before.exponent
        behind = self.text.quote(link.span.to(link.operand.span)) or ""
        if not isinstance(base, syntax_tree.Name) or not behind.lstrip().startswith("("):
            return None
        if not isinstance(exponent, syntax_tree.Number):
            return None
        typed = "^" in (self.text.quote(base.span.to(exponent.span)) or "")
        function = base.name == "sigma" or base.name in self.scope.functions
        if self._knows(base.name) or not function or not exponent.text.isdecimal():
            if typed and base.name == "sigma":
                message = "what is raised to this power does not show how far the exponent goes"
                raise refuse("implicit_product", message, "write the product's sign", before.span)
            return None
        at = base.span.to(link.operand.span)
        called = syntax_tree.Call(base, (link.operand,), (), at)
        return syntax_tree.Power(called, exponent, at)

    def _is_length(self, part: syntax_tree.Expression) -> bool:
        """Whether a formula is ‖x‖, written with bars: its square is a sum of squares."""
        return (
            isinstance(part, syntax_tree.Call)
            and part.function.name == "norm"
            and self.text.quote(part.function.span) != "norm"
            and any(self.text.starts(part.function.span, bar) for bar in "‖∥|")
        )

    def _chain(self, part: syntax_tree.OperatorChain) -> syntax_tree.Expression:
        part = self._with_powers_behind(part)
        if not part.links:
            return self.formula(part.first)
        first = self.formula(part.first)
        links = []
        for link in part.links:
            operand = self.formula(link.operand)
            if (
                link.op == "/"
                and operand is not link.operand
                and isinstance(operand, syntax_tree.Joined)
            ):
                raise StatementError(under_a_bar(operand))
            links.append(link if operand is link.operand else replace(link, operand=operand))
        same = first is part.first and all(a is b for a, b in zip(links, part.links, strict=True))
        return part if same else _flat(first, links, part)

    def _index(self, part: syntax_tree.Index) -> syntax_tree.Expression:
        value = self.formula(part.value)
        items = tuple(
            self._slice(each) if isinstance(each, syntax_tree.Slice) else self.formula(each)
            for each in part.items
        )
        if value is part.value and all(a is b for a, b in zip(items, part.items, strict=True)):
            return part
        return _into_last(value, lambda last: replace(part, value=last, items=items), part.span)

    def _slice(self, part: syntax_tree.Slice) -> syntax_tree.Slice:
        ends = [
            None if end is None else self.formula(end) for end in (part.start, part.stop, part.step)
        ]
        if ends == [part.start, part.stop, part.step]:
            return part
        return replace(part, start=ends[0], stop=ends[1], step=ends[2])

    def _call(self, part: syntax_tree.Call) -> syntax_tree.Expression:
        arguments = tuple(self._argument(each) for each in part.arguments)
        keywords = tuple(
            each
            if (value := self.formula(each.value)) is each.value
            else replace(each, value=value)
            for each in part.keywords
        )
        same = all(a is b for a, b in zip(arguments, part.arguments, strict=True))
        same &= all(a is b for a, b in zip(keywords, part.keywords, strict=True))
        name = part.function.name
        if name in FUNCTIONS or name in self.scope.functions or name == "sigma":
            self._comma(part)
            made = part if same else replace(part, arguments=arguments, keywords=keywords)
            return self._rooted(made, part)
        if not self._knows(name):
            printed = self._printed(part)
            if printed is not None:
                return printed
            run = self._product_of_run(part.function)
            if run is not None and len(arguments) == 1 and not keywords:
                (only,) = arguments
                if not isinstance(only, syntax_tree.Comparison):
                    *_, last = self._product(part, only).links
                    return _joined(run.first, (*run.links, last), part.span)
            ours = _ALIASES.get(name) or _BY_LETTERS.get(name.casefold().replace("_", ""))
            if ours is not None and ours in FUNCTIONS:
                function = replace(part.function, name=ours)
                return replace(part, function=function, arguments=arguments, keywords=keywords)
        elif len(arguments) == 1 and not keywords:
            (only,) = arguments
            if not isinstance(only, syntax_tree.Comparison) and not self._is_index(only):
                return self._product(part, only)
        return part if same else replace(part, arguments=arguments, keywords=keywords)

    def _argument(
        self, part: syntax_tree.Expression | syntax_tree.Comparison
    ) -> syntax_tree.Expression | syntax_tree.Comparison:
        if not isinstance(part, syntax_tree.Comparison):
            return self.formula(part)
        left, right = self.formula(part.left), self.formula(part.right)
        if left is part.left and right is part.right:
            return part
        return replace(part, left=left, right=right)

    def _product(
        self, part: syntax_tree.Call, argument: syntax_tree.Expression
    ) -> syntax_tree.OperatorChain:
        """`u(1 − u)` of a value u."""
        return self._times(self._name(part.function), part, argument, part.span)

    def _times(
        self,
        first: syntax_tree.Expression,
        part: syntax_tree.Call,
        argument: syntax_tree.Expression,
        span: Span,
    ) -> syntax_tree.OperatorChain:
        """What stands before brackets that were read as a call's, times what is in them."""
        at = part.function.span
        gap = Span(at.end_line, at.end_column, at.end_line, at.end_column)
        whole = Span(at.end_line, at.end_column, part.span.end_line, part.span.end_column)
        link = syntax_tree.OperatorLink(LEFT_OUT, replace(argument, span=whole), gap)
        return _joined(first, (link,), span)

    def _is_index(self, part: syntax_tree.Expression) -> bool:
        """Whether `x(1)`, `x(t)`, `x(t - 1)` may be meant as an element, as in other languages."""
        counters = {*self.scope.loops, *self.bound}
        leaves = [
            each
            for each in parts(part)
            if not isinstance(each, syntax_tree.OperatorChain | syntax_tree.Sign)
        ]
        return all(
            (isinstance(each, syntax_tree.Number) and each.text.isdecimal())
            or (isinstance(each, syntax_tree.Name) and each.name in counters)
            for each in leaves
        )

    def _comma(self, part: syntax_tree.Call) -> None:
        """Refuse `max(a b)`, where a comma may be missing as well as a sign."""
        if part.function.name not in ("max", "min") or len(part.arguments) != 1:
            return
        (inner,) = part.arguments
        if not isinstance(inner, syntax_tree.Joined):
            return
        gap = inner.links[0].span
        if len(inner.links) == 1 and gap.end_column > gap.column:
            message = "a comma or a sign is missing between the two values"
            hint = f"write {part.function.name}(a, b), or a*b"
            raise refuse("missing_comma", message, hint, inner.span)

    def _rooted(self, made: syntax_tree.Call, typed: syntax_tree.Call) -> syntax_tree.Call:
        """Refuse `√u(1 − u)`, whose root may end behind u."""
        inner = made.arguments[0] if made.arguments else None
        if (
            self.text.quote(typed.function.span) == "√"
            and inner is not typed.arguments[0]
            and isinstance(inner, syntax_tree.Joined)
            and not self.text.starts(typed.arguments[0].span, "(")
        ):
            message = "the root may end before the bracket or behind it"
            raise refuse("implicit_product", message, "write √(…)", typed.span)
        return made

    def _printed(self, part: syntax_tree.Call) -> syntax_tree.Expression | None:
        """`tensor([[1., 2.]])`, `array([1., 2.], dtype=float32)`: the list inside."""
        if part.function.name not in ARRAYS or len(part.arguments) != 1:
            return None
        (inner,) = part.arguments
        if not isinstance(inner, syntax_tree.ListOf):
            return None
        said = {each.name.name for each in part.keywords}
        if said - _OF_ARRAYS or ("requires_grad" in said and not self.declares):
            return None
        return replace(inner, span=part.span)


def _joined(
    first: syntax_tree.Expression, links: tuple[syntax_tree.OperatorLink, ...], span: Span
) -> syntax_tree.OperatorChain:
    """A product without signs; in brackets of its own it starts behind the first of them."""
    bare = (first.span.line, first.span.column) == (span.line, span.column)
    return (syntax_tree.Joined if bare else syntax_tree.OperatorChain)(first, links, span)


def _splits(typed: str, known: Container[str]) -> Iterator[list[str]]:
    """The ways to split letters into two known names or more."""
    size = len(typed)
    # By place the ends of names that start there, where the rest splits too.
    ends: dict[int, list[int]] = {size: []}
    for place in reversed(range(size)):
        ends[place] = [
            end
            for end in range(place + 1, size + 1)
            if (end == size or ends[end])
            and (name := names.canonical(typed[place:end])) is not None
            and name in known
        ]
    waiting: list[tuple[int, list[str]]] = [(0, [])]
    while waiting:
        place, before = waiting.pop()
        if place == size:
            if len(before) > 1:
                yield before
            continue
        waiting += [(end, [*before, typed[place:end]]) for end in ends[place]]


def _flat(
    first: syntax_tree.Expression,
    links: Sequence[syntax_tree.OperatorLink],
    typed: syntax_tree.OperatorChain,
) -> syntax_tree.OperatorChain:
    """A chain in which products without signs among its operands are links of its own.

    Only those of `a u(1 − u) x`: in a chain of products with signs each stays one operand.
    """
    start, found = first, []
    if isinstance(first, syntax_tree.Joined) and links[0].op == LEFT_OUT:
        start, found = first.first, list(first.links)
    for link in links:
        operand = link.operand
        if link.op == LEFT_OUT and isinstance(operand, syntax_tree.Joined):
            found += [replace(link, operand=operand.first), *operand.links]
        else:
            found.append(link)
    return replace(typed, first=start, links=tuple(found))


def _into_last(
    part: syntax_tree.Expression,
    make: Callable[[syntax_tree.Expression], syntax_tree.Expression],
    span: Span,
) -> syntax_tree.Expression:
    """`u(1 − u)^2` is u times a power: what stands behind a product belongs to its last part."""
    if not isinstance(part, syntax_tree.Joined):
        return make(part)
    *before, last = part.links
    start, end = last.operand.span, span
    made = replace(
        make(last.operand), span=Span(start.line, start.column, end.end_line, end.end_column)
    )
    return replace(part, links=(*before, replace(last, operand=made)), span=part.span.to(made.span))
