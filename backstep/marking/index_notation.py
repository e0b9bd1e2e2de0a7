"""Answers by elements: (pᵢ − yᵢ)·xⱼ, Σᵢ aᵢ bᵢ, 1(i = j), δᵢⱼ, with an index for each axis.

An answer is parsed as any formula, and written anew in whole tensors: each part has a label for
each of its axes, parts are aligned by their labels, and a sum goes over the axis of its label.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from backstep.binding.bind import BoundModel
from backstep.errors import AnswerError, Diagnostic, Span
from backstep.evaluate.sampling import class_counts
from backstep.graph.node import Node
from backstep.graph.shape import Shape, spell
from backstep.lang.compile.answer import POINTER, expression, read_answer
from backstep.lang.compile.free_names import parts as parts_of
from backstep.lang.diagnostics.fixes.latex import from_latex
from backstep.lang.syntax import syntax_tree
from backstep.marking.index_characters import LETTERS, plain_quotient, thin
from backstep.marking.indicators import cases_of_indices
from backstep.marking.typed_partials import in_words
from backstep.ops import FUNCTIONS, TABLE
from backstep.symbolic.targets import Target

_LOWER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_SIGN = r"(?:\\sum(?![A-Za-z])|[Σ∑]|(?<![\w\\])sum(?=\s*_))(?:\s*\\limits)?"
_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_POWER = re.compile(rf"(?<=[\w)\]}}])([{_RAISED}]+)(?![{_RAISED}⁾])")
_AFTER = r"(?![^\W⁰¹²³⁴-⁹ⁿ])"
"""The end of an index: a digit behind it that is raised is its element's power."""
_TOTAL = re.compile(
    rf"{_SIGN}\s*(?:_\s*(?:\{{\s*(?P<wide>[a-z])\s*(?:=\s*(?P<low>\w+)\s*)?\}}|(?P<thin>[a-z])"
    r"(?![\w=]))|(?P<tiny>[ᵢⱼₖₗₘₙ]))"
    r"(?:\s*\^\s*(?:\{\s*(?P<high>[^{}]+?)\s*\}|(?P<top>\w)))?\s*"
)
_HOLDS = re.compile(
    r"(?:(?<![\w.^])(?:1|𝟙|𝟏|I)\s*(?:_\s*)?(?P<open>[(\[{])|(?<![\w\])}_^ ])\s*(?P<plain>\[))"
    r"\s*(?P<one>\w+)\s*(?P<sign>==?|!=|≠)\s*(?P<other>\w+)\s*[)\]}]"
)
_DELTA = re.compile(r"(?<!\w)(?:δ|delta)_\{?([a-z]),?\s*([a-z])\}?(?!\w)")
_ELEMENT = re.compile(rf"(?<![\w.])([^\W\d]\w*?)_([a-z]{{1,4}}){_AFTER}")
_OF_VALUE = re.compile(rf"(?<=\))_([a-z]{{1,4}}){_AFTER}")
"""The index of a function's value: softmax(z)_i."""
_WHOLE = "·"
"""What the labels of axes begin with that have no index of their own, counted from the last."""
_PLACED, _SUMMED = "delta_between", "sum_over_"
_ELEMENTWISE = frozenset({"+", "-", "*", "/", "·", syntax_tree.LEFT_OUT})


@dataclass(frozen=True, slots=True)
class Elements:
    """An answer by elements in whole tensors, and the names in it besides the definition's."""

    text: str
    further: Mapping[str, Node]


def elements(
    prepared: BoundModel, target: Target, text: str, labels: Sequence[str] = ()
) -> Elements | None:
    """An answer by elements, written in whole tensors; None if nothing in it has an index.

    `labels` are the indices of the left side: those of ∂L/∂W_ij. Raises AnswerError, at its place,
    if it has indices and cannot be read.
    """
    reader = _Reader(prepared, target, text, labels)
    return reader.read() if reader.indexed or labels else None


@dataclass(frozen=True, slots=True)
class _Part:
    """A formula in whole tensors, with a label for each axis; `factors` where it is a product."""

    text: str
    labels: tuple[str, ...]
    tight: bool = True
    factors: tuple[_Part, ...] = ()

    @property
    def closed(self) -> str:
        """The text as a factor or an operand."""
        return self.text if self.tight else f"({self.text})"


class _Reader:
    """The reading of one answer."""

    def __init__(
        self, prepared: BoundModel, target: Target, text: str, labels: Sequence[str]
    ) -> None:
        self._prepared, self._target, self._typed = prepared, target, text
        self._names = prepared.definition.names
        self._sizes: dict[str, int] = {}
        self._ends: dict[str, str] = {}
        self._bounds: dict[str, tuple[str | None, str | None]] = {}
        self._left = tuple(labels)
        self._plain = self._in_characters(text)
        self.indexed = _SUMMED in self._plain or _PLACED in self._plain or "[" in self._plain
        self._further: Mapping[str, Node] = {}

    def read(self) -> Elements | None:
        """The answer in whole tensors."""
        shape = self._target.node.shape if self._target.whole else ()
        if self._left and len(self._left) != len(shape):
            raise self._refused(
                f"the left side has {_counted(len(self._left))}, and "
                f"{self._target.name} is {spell(shape) or 'a number'}",
                self._left[0],
            )
        self._sizes |= dict(zip(self._left, shape, strict=True)) if self._left else {}
        worded = in_words(self._prepared, self._target, self._plain)
        self._further = worded.further
        self._source = worded.text
        tree = expression(worded.text)
        for part in parts_of(tree):
            self._measure(part)
        found = self._part(tree)
        return Elements(self._placed(found, shape), self._further)

    def _refused(self, message: str, word: str) -> AnswerError:
        at = re.search(rf"(?<![A-Za-z]){re.escape(word)}", self._typed)
        start = at.start() if at else 0
        end = at.end() if at else len(self._typed)
        span = Span(1, start + 1, 1, end + 1)
        hint = "write whole vectors and matrices, such as W.T @ (p - y) or outer(p - y, x)"
        return AnswerError(Diagnostic("index", message, hint, span, POINTER))

    # From what is typed to what the grammar reads.

    def _in_characters(self, text: str) -> str:
        text = cases_of_indices(text.replace("²", "^2").replace("³", "^3"))
        text = re.sub(r"\\mathbbm?\s*\{?\s*1\s*\}?", "1", text)
        text = text.replace(r"\{", "{").replace(r"\}", "}") if "1" in text else text
        text = _TOTAL.sub(self._total, plain_quotient(text))
        text = _HOLDS.sub(self._holds, text)
        text = from_latex(text) if "\\" in text or "_{" in text else text
        text = _DELTA.sub(self._placed_one, thin(text))
        text = _HOLDS.sub(self._holds, text)
        text = _ELEMENT.sub(self._element, text)
        text = _OF_VALUE.sub(self._of_value, text)
        text = _POWER.sub(lambda match: "^" + match[1].translate(_LOWER), text)
        return self._summed(text)

    def _total(self, match: re.Match[str]) -> str:
        label = match["wide"] or match["thin"] or match["tiny"].translate(LETTERS)
        if f"sum_{label}" in self._names:
            return match[0]
        high = match["high"] or match["top"]
        self._bounds[label] = match["low"], high
        if high is not None:
            letter = re.sub(r"\s*-\s*1$", "", high)
            if letter.isalpha() and letter not in self._names:
                self._ends[letter] = label
        return f"∑_{label} "

    def _holds(self, match: re.Match[str]) -> str:
        one, other = match["one"], match["other"]
        if not any(self._is_label(each) for each in (one, other)):
            return match[0]
        made = f"{_PLACED}({one}, {other})"
        return f"(1 - {made})" if match["sign"] in ("!=", "≠") else made

    def _placed_one(self, match: re.Match[str]) -> str:
        known = f"delta_{match[1]}{match[2]}" in self._names
        return match[0] if known else f"{_PLACED}({match[1]}, {match[2]})"

    def _is_label(self, name: str) -> bool:
        return len(name) == 1 and name.isalpha() and name not in self._names

    def _element(self, match: re.Match[str]) -> str:
        name, labels = match[1], match[2]
        whole = match[0] in self._names or name in ("sum_over", "delta_between")
        if whole or not all(map(self._is_label, labels)) or self._known(name) is None:
            return match[0]
        return f"{self._known(name)}[{', '.join(labels)}]"

    def _of_value(self, match: re.Match[str]) -> str:
        return f"[{', '.join(match[1])}]" if all(map(self._is_label, match[1])) else match[0]

    def _known(self, name: str) -> str | None:
        """A name of the definition, as it is typed or as LaTeX would have it."""
        return name if name in self._names else None

    def _summed(self, text: str) -> str:
        """Each ∑_i with its body, up to a + or − outside brackets, as a call."""
        place = text.rfind("∑_")
        while place >= 0:
            label, start = text[place + 2], place + 3
            end = _body_end(text, start)
            body = text[start:end].strip()
            text = f"{text[:place]}{_SUMMED}{label}({body}) {text[end:]}"
            place = text.rfind("∑_")
        return text.strip()

    # Labels and their sizes.

    def _measure(self, part: object) -> None:
        labels = self._labels(part) if isinstance(part, syntax_tree.Index) else ()
        if not labels:
            return
        assert isinstance(part, syntax_tree.Index)
        name, shape = self._of(part.value)
        if len(labels) > len(shape):
            said = spell(shape) if shape else "a number"
            message = f"{name} has {_counted(len(labels))} here, and it is {said}"
            refusal = self._refused(message, name)
            if name in class_counts(self._prepared.definition):
                hint = f"{name} is a class number: write 1({labels[0]} = {name})"
                refusal = AnswerError(replace(refusal.faults[0], hint=hint))
            raise refusal
        for label, size in zip(labels, shape, strict=False):
            if self._sizes.setdefault(label, size) != size:
                other = self._sizes[label]
                raise self._refused(
                    f"{label} goes over {size} elements of {name}, and elsewhere over {other}", name
                )

    def _of(self, value: syntax_tree.Expression) -> tuple[str, Shape]:
        """What has an index, in whole tensors, and its shape."""
        if isinstance(value, syntax_tree.Name):
            shape = self._shape(value.name)
            if shape is None:
                raise self._refused(f"unknown name '{value.name}'", value.name)
            return value.name, shape
        text = self._source[value.span.column - 1 : value.span.end_column - 1]
        if self._has_index(value):
            raise self._refused("what has an index is made of elements", text)
        found = read_answer(self._prepared.definition, text, further=self._further)
        return found.read, found.node.shape

    def _labels(self, part: syntax_tree.Index) -> tuple[str, ...]:
        found = [each.name if isinstance(each, syntax_tree.Name) else "" for each in part.items]
        return tuple(found) if all(map(self._is_label, found)) else ()

    def _shape(self, name: str) -> Shape | None:
        if name in self._further:
            return self._further[name].shape
        given = self._names.get(name)
        return given[-1].node.shape if given else None

    def _size(self, label: str) -> int:
        shape = self._target.node.shape if self._target.whole else ()
        if label not in self._sizes and len({*shape}) == 1:
            self._sizes[label] = shape[0]
        if label not in self._sizes:
            raise self._refused(f"over how many elements {label} goes does not follow", label)
        return self._sizes[label]

    # The formula in whole tensors.

    def _part(self, part: syntax_tree.Expression) -> _Part:
        if not self._has_index(part):
            return self._whole(part)
        match part:
            case syntax_tree.Sign(op, operand):
                inner = self._part(operand)
                return inner if op == "+" else _Part(f"-{inner.closed}", inner.labels, False)
            case syntax_tree.Power(syntax_tree.Name("e"), exponent) if "e" not in self._names:
                inner = self._part(exponent)
                return _Part(f"exp({_bare(inner.text)})", inner.labels)
            case syntax_tree.Power(base, exponent):
                one, other = self._part(base), self._part(exponent)
                return self._aligned([one, other], lambda texts: f"{texts[0]}^{texts[1]}")
            case syntax_tree.OperatorChain():
                return self._chain(part)
            case syntax_tree.Index():
                return self._indexed(part)
            case syntax_tree.Call(function, arguments, ()):
                return self._called(function.name, arguments)
            case _:
                raise self._refused("this cannot be read by elements", self._typed)

    def _whole(self, part: syntax_tree.Expression) -> _Part:
        name = part.name if isinstance(part, syntax_tree.Name) else ""
        if name in self._ends and name not in self._names:
            return _Part(str(self._size(self._ends[name])), ())
        at = part.span
        text = self._source[at.column - 1 : at.end_column - 1]
        if isinstance(part, syntax_tree.Name | syntax_tree.Number):
            tight = True
        else:
            text, tight = self._ended(text), False
        node = read_answer(self._prepared.definition, text, further=self._further)
        count = len(node.node.shape)
        labels = tuple(f"{_WHOLE}{count - 1 - axis}" for axis in range(count))
        for label, size in zip(labels, node.node.shape, strict=True):
            if self._sizes.setdefault(label, size) != size:
                raise self._refused("the shapes of what has no index do not fit", text)
        return _Part(node.read, labels, tight)

    def _ended(self, text: str) -> str:
        for letter, label in self._ends.items():
            if letter not in self._names:
                text = re.sub(rf"(?<!\w){letter}(?!\w)", str(self._sizes.get(label, letter)), text)
        return text

    def _has_index(self, part: syntax_tree.Expression) -> bool:
        return any(
            (isinstance(each, syntax_tree.Index) and bool(self._labels(each)))
            or (isinstance(each, syntax_tree.Call) and each.function.name == _PLACED)
            for each in parts_of(part)
        )

    def _indexed(self, part: syntax_tree.Index) -> _Part:
        labels = self._labels(part)
        name, shape = self._of(part.value)
        rest = len(shape) - len(labels)
        further = tuple(f"{_WHOLE}{rest - 1 - axis}" for axis in range(rest))
        for label, size in zip(further, shape[len(labels) :], strict=True):
            if self._sizes.setdefault(label, size) != size:
                raise self._refused(f"what has no index does not fit {name}", name)
        if len({*labels}) < len(labels):
            if shape[0] != shape[-1] or len(shape) != 2 or rest:
                raise self._refused(f"one index stands twice at {name}", name)
            return _Part(f"diag({name})", labels[:1])
        return _Part(name, labels + further)

    def _chain(self, part: syntax_tree.OperatorChain) -> _Part:
        found = self._part(part.first)
        for link in part.links:
            if link.op not in _ELEMENTWISE:
                raise self._refused(f"'{link.op}' does not stand between elements", link.op)
            other = self._part(link.operand)
            if link.op in ("*", "·", syntax_tree.LEFT_OUT):
                both = {each for each in found.labels if each in other.labels}
                if any(each.startswith(_WHOLE) for each in both) and link.op != "*":
                    raise self._refused("two vectors stand side by side without an index", "")
                found = self._product([*_factors(found), *_factors(other)])
            elif link.op == "/":
                found = self._aligned([found, other], lambda texts: f"{texts[0]}/{texts[1]}")
            else:
                found = self._sum(found, link.op, other)
        return found

    def _sum(self, one: _Part, sign: str, other: _Part) -> _Part:
        order = _order([one, other])
        left = self._on(one, order)
        right = self._on(other, order)
        second = f"({right.text})" if not right.tight and not right.factors else right.text
        return _Part(f"{left.text} {sign} {second}", _joined([one, other], order), False)

    def _aligned(self, parts: Sequence[_Part], write: Callable[[list[str]], str]) -> _Part:
        order = _order(parts)
        texts = [self._on(each, order).closed for each in parts]
        return _Part(write(texts), _joined(parts, order), False)

    def _product(self, factors: Sequence[_Part]) -> _Part:
        """Factors as one product; of two vectors with an index each it is their outer product."""
        vectors = [each for each in factors if each.labels]
        scalars = [each for each in factors if not each.labels]
        if len(vectors) == 2 and all(len(each.labels) == 1 for each in vectors):
            one, other = sorted(vectors, key=lambda each: each.labels)
            if one.labels != other.labels:
                text = "*".join(
                    [*(each.closed for each in scalars), f"outer({one.text}, {other.text})"]
                )
                return _Part(text, (*one.labels, *other.labels), False, tuple(factors))
        order = _order(factors)
        text = "*".join(self._on(each, order).closed for each in factors)
        return _Part(text, _joined(factors, order), False, tuple(factors))

    def _on(self, part: _Part, order: Sequence[str]) -> _Part:
        """A part as it broadcasts beside others whose axes are in this order."""
        wanted = [label for label in order if label in part.labels]
        if not wanted or tuple(order[-len(wanted) :]) == part.labels:
            return part
        turned = self._turned(part, wanted)
        if list(order[-len(wanted) :]) == wanted:
            return turned
        first = min(order.index(label) for label in wanted)
        sizes = [self._size(each) if each in wanted else 1 for each in order[first:]]
        return _Part(f"reshape({turned.text}, {', '.join(map(str, sizes))})", part.labels)

    def _turned(self, part: _Part, wanted: Sequence[str]) -> _Part:
        """A part with its axes in an order."""
        if list(part.labels) == list(wanted):
            return part
        if len(part.labels) != 2:
            raise self._refused("the indices of more than a matrix stand in another order", "")
        return _Part(f"{part.closed}.T", tuple(wanted))

    def _called(
        self,
        name: str,
        arguments: Sequence[syntax_tree.Expression | syntax_tree.Comparison],
    ) -> _Part:
        if name == _PLACED:
            return self._between(arguments)
        if name.startswith(_SUMMED) and len(arguments) == 1:
            return self._over(name.removeprefix(_SUMMED), arguments[0])
        given: list[_Part] = []
        for each in arguments:
            if isinstance(each, syntax_tree.Comparison):
                raise self._refused("a condition cannot be read by elements", name)
            given.append(self._part(each))
        if name in self._names and len(given) == 1:
            return self._product([_Part(name, self._labels_of(name)), given[0]])
        row = TABLE.get(_OTHER_NAMES.get(name, name))
        own = name not in FUNCTIONS and row is None
        if not own and row is not None and row.elementwise:
            return replace(
                self._aligned(given, lambda texts: f"{name}({', '.join(map(_bare, texts))})"),
                tight=True,
            )
        raise self._refused(f"'{name}' of an element is not the element of its value", name)

    def _labels_of(self, name: str) -> tuple[str, ...]:
        count = len(self._shape(name) or ())
        return tuple(f"{_WHOLE}{count - 1 - axis}" for axis in range(count))

    def _between(
        self, arguments: Sequence[syntax_tree.Expression | syntax_tree.Comparison]
    ) -> _Part:
        """1(i = j) and 1(i = y): the identity, or the vector with a 1 at a class."""
        names: list[str] = []
        for each in arguments:
            if isinstance(each, syntax_tree.Index) and isinstance(each.value, syntax_tree.Name):
                labels = self._labels(each)
                names.append(f"{each.value.name} {' '.join(labels)}")
            elif isinstance(each, syntax_tree.Name):
                names.append(each.name)
        free = [name for name in names if self._is_label(name)]
        if len(names) != 2 or not free:
            raise self._refused("this condition cannot be read", self._typed)
        if len(free) == 2:
            known = next((self._sizes[each] for each in free if each in self._sizes), None)
            known = self._size(free[0]) if known is None else known
            for index in free:
                self._sizes.setdefault(index, known)
            if free[0] == free[1]:
                return _Part("1", ())
            if self._size(free[0]) != self._size(free[1]):
                raise self._refused(f"{free[0]} and {free[1]} go over different axes", free[0])
            return _Part(f"eye({known})", tuple(sorted(free)))
        (label,) = free
        name, *below = next(each for each in names if each != label).split()
        classes = {leaf.name for leaf in self._prepared.definition.leaves if leaf.label}
        if name not in classes:
            raise self._refused(f"{name} is no class number", name)
        return _Part(f"one_hot({name}, {self._size(label)})", (*below, label))

    def _over(self, label: str, body: syntax_tree.Expression | syntax_tree.Comparison) -> _Part:
        """Σ over a label; of two factors it is a product of matrices and vectors."""
        assert not isinstance(body, syntax_tree.Comparison)
        if not self._is_label(label):
            raise self._refused(f"{label} is a name of the text, and no index of a sum", label)
        found = self._part(body)
        self._check_bounds(label)
        if label not in found.labels:
            return self._product([_Part(str(self._size(label)), ()), *_factors(found)])
        factors = _factors(found)
        inside = [each for each in factors if label in each.labels]
        outside = [each for each in factors if label not in each.labels]
        summed = self._contracted(inside, label)
        return self._product([*outside, summed]) if outside else summed

    def _contracted(self, inside: Sequence[_Part], label: str) -> _Part:
        if len(inside) == 2 and all(len(each.labels) <= 2 for each in inside):
            one, other = inside
            rest = [next((k for k in each.labels if k != label), None) for each in inside]
            if rest == [None, None]:
                return _Part(f"dot({one.text}, {other.text})", ())
            if rest[0] != rest[1]:
                if rest[0] is None:
                    one, other, rest = other, one, rest[::-1]
                left = one.closed if one.labels[-1] == label else f"{one.closed}.T"
                right = other.closed if other.labels[0] == label else f"{other.closed}.T"
                kept = tuple(each for each in rest if each is not None)
                return _Part(f"{left} @ {right}", kept, False)
        whole = self._product(inside) if len(inside) > 1 else inside[0]
        kept = tuple(each for each in whole.labels if each != label)
        axis = f", axis={whole.labels.index(label)}" if kept else ""
        return _Part(f"sum({whole.text}{axis})", kept)

    def _check_bounds(self, label: str) -> None:
        low, high = self._bounds.get(label, (None, None))
        size = self._size(label)
        if high is None:
            return
        first = int(low) if low is not None and low.isdecimal() else 1
        last: int | None = int(high) if high.isdecimal() else None
        if last is None:
            letter = re.sub(r"\s*-\s*1$", "", high)
            node = self._names[letter][-1].node if letter in self._names else None
            value = self._prepared.leaves.get(letter) if node is not None else None
            last = size if value is None else int(value)
            last -= letter != high
        if (first, last) not in ((0, size - 1), (1, size)):
            raise self._refused(
                f"Σ goes over {label} from {first} to {last}, and there are {size} elements", high
            )

    def _placed(self, found: _Part, shape: Shape) -> str:
        """The whole as the partial has its axes."""
        free = [each for each in found.labels if not each.startswith(_WHOLE)]
        whole = [each for each in found.labels if each.startswith(_WHOLE)]
        wanted = list(self._left) if self._left and free else sorted(free)
        if free and whole:
            raise self._refused("a part has an index, and another has none", free[0])
        stray = [each for each in free if each not in wanted]
        if stray or (free and len(wanted) != len(shape)):
            label = (stray or free)[-1]
            raise self._refused(f"{label} stands free, and nothing sums over it", label)
        if not free:
            return found.text
        if tuple(self._size(each) for each in wanted) != shape:
            wanted = self._fitting(wanted, shape)
        turned = self._on(self._turned(found, [k for k in wanted if k in free]), wanted)
        if set(wanted) == set(free):
            return turned.text
        return f"{turned.text} + zeros({', '.join(map(str, shape))})"

    def _fitting(self, wanted: list[str], shape: Shape) -> list[str]:
        if not self._left and tuple(self._size(each) for each in reversed(wanted)) == shape:
            return wanted[::-1]
        sizes = "×".join(str(self._size(each)) for each in wanted)
        raise self._refused(
            f"by its indices this is {sizes}, and the partial is {spell(shape) or 'a number'}",
            wanted[0],
        )


_OTHER_NAMES = {"sigma": "sigmoid", "ln": "log", "max": "maximum", "min": "minimum"}


def _bare(text: str) -> str:
    return text[1:-1] if text.startswith("(") and _body_end(text, 1) == len(text) - 1 else text


def _counted(count: int) -> str:
    return "one index" if count == 1 else f"{count} indices"


def _factors(part: _Part) -> tuple[_Part, ...]:
    return part.factors or (part,)


def _order(parts: Sequence[_Part]) -> list[str]:
    """All labels: indices by letter, then the axes without one, the last one last."""
    found = {label for each in parts for label in each.labels}
    indices = sorted(each for each in found if not each.startswith(_WHOLE))
    return indices + sorted((each for each in found if each.startswith(_WHOLE)), reverse=True)


def _joined(parts: Sequence[_Part], order: Sequence[str]) -> tuple[str, ...]:
    found = {label for each in parts for label in each.labels}
    return tuple(label for label in order if label in found)


def _body_end(text: str, start: int) -> int:
    """Where a sum's body ends: at a + or − outside brackets that is no sign of a factor."""
    depth, begun = 0, False
    for place in range(start, len(text)):
        character = text[place]
        if character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
            if depth < 0:
                return place
        elif depth == 0 and character in "+-−=," and begun and text[place - 1] not in "^*/":
            return place
        begun = begun or not character.isspace()
    return len(text)
