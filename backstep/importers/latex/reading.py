"""Formulas as boxes, read as formulas of the language: products without a sign, sums over indices,
roles.

Which product stands between two names without a sign is decided by their shapes. An index that a
sum runs over is removed, and the names that have it become arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from backstep.errors import Diagnostic, PastedError, Span
from backstep.formula.boxes import (
    Atom,
    Box,
    Fence,
    Group,
    Over,
    Root,
    Scripts,
    Table,
)
from backstep.graph.shape import spell
from backstep.importers.definition import Imported
from backstep.importers.formulas import Unwritable, Value
from backstep.importers.latex.cursor import (
    OPEN,
    UNKNOWN,
    Cursor,
    base_of,
    counted,
    divided,
    every,
    flat,
    is_big,
    lowered_letters,
    relation,
    summed_letters,
    without,
)
from backstep.importers.latex.equations import Equation
from backstep.importers.latex.indices import Term, drop, joined
from backstep.importers.latex.known import TURNED, Known
from backstep.importers.latex.names import INDICES, is_letter, name, plain, unwrapped
from backstep.importers.python.arrays import text as text_of
from backstep.importers.python.formula_text import read_formula
from backstep.importers.roles import LOSS
from backstep.lang.diagnostics.fixes.foreign_formulas import FORMULAS
from backstep.lang.diagnostics.fixes.foreign_names import RENAMED
from backstep.ops import FUNCTIONS

_PRODUCTS = frozenset("·×⊙∘*/⊗")
_RELATIONS = frozenset({"=", "←", "≈", "∝"})
_COMPARED = {"<": "<", ">": ">", "≤": "<=", "≥": ">=", "≠": "!=", "=": "=="}
_WORDS = {"ln": "log", "sigm": "sigmoid", "sgn": "sign", "diag": "", "logit": "logit"}


class Reading(Known):
    """Reads formulas in their order, with one guess for each shape that they leave open."""

    def equation(self, equation: Equation) -> None:
        """Read one formula. Raises Unwritable."""
        self._line = equation.line
        parts = flat(equation.box)
        if relation(parts, {"∈"}) is not None:
            return
        sides = divided(parts, _RELATIONS)
        left, *rest = sides
        if not rest:
            self._indices = summed_letters(parts)
            self._give("L", (), self._all(left))
            return
        lowered = lowered_letters(left)
        self._indices = summed_letters(parts) | (lowered & lowered_letters(rest[0]) - {"t"})
        target, counted = self._target(left)
        right = next((each for each in rest if each), None)
        if right is None:
            raise Unwritable("a sign of equality with nothing behind it")
        self._give(target, counted, self._all(right))

    def finished(self) -> Imported:
        """The definition of all that was read. Raises Unwritable and PastedError."""
        if not self._given:
            raise PastedError(Diagnostic("nothing_computed", "the text gives no name a formula"))
        scalars = [each for each in self._given if not each[1].shape]
        losses = [each for each in scalars if LOSS.search(each[0])]
        name_, loss, line = (losses or scalars or self._given)[-1]
        if not losses and self._given[-1][1].shape:
            name_, loss, line = self._given[-1]
        warnings: list[Diagnostic] = []
        if loss.shape:
            said = f"{name_} is {spell(loss.shape)}: the sum of its elements is taken as the loss"
            warnings.append(Diagnostic("loss_assumed", said, None, Span(line, 1, line, 1)))
            loss = self.definition.give("L", self.formulas.call("sum", loss))
        live = set(self.definition.live(loss))
        self._roles(live)
        for known, shape, at in self._assumed:
            if self._names[known].uses <= live:
                said = "a number" if not shape else spell(shape)
                message = f"the text does not say what {known} is: it is taken as {said}"
                hint = "give it the values and the sizes that are meant"
                warnings.append(Diagnostic("assumed", message, hint, Span(at, 1, at, 1)))
        return Imported(self.definition.text(loss), tuple(warnings))

    # Names

    def _target(self, left: Sequence[Box]) -> tuple[str, tuple[str, ...]]:
        """The name on the left, without its arguments: y for y(x)."""
        if (
            left
            and isinstance(base_of(left[0]), Over)
            and "∂" in "".join(plain(each) for each in every(left))
        ):
            raise Unwritable("a derivative is what is computed here: paste the loss instead")
        if not left or not is_letter(base_of(left[0])):
            raise Unwritable("what is left of the equals sign is no name")
        rest = left[1:]
        bracket = rest and (isinstance(unwrapped(rest[0]), Fence) or plain(rest[0]) in "([")
        if rest and not bracket:
            raise Unwritable("what is left of the equals sign is no name")
        found = name(left[0], self._indices)
        if rest:
            self._arguments_of[found.text] = _within("".join(plain(each) for each in rest))
        return found.text, found.indices

    def _give(self, target: str, counted: tuple[str, ...], term: Term) -> None:
        value = drop(self.formulas, term, counted)
        if not value.uses and value.literal is None:
            raise Unwritable(f"{target} is given no formula")
        if not value.uses:
            made = self.definition.declare(
                target, (), value=value.text, line=self._line, literal=True
            )
        else:
            made = self.definition.give(target, value, self._line)
            self._given.append((target, made, self._line))
        self._names[target] = made
        if counted:
            self._indexed.add(target)

    def _name(self, box: Box, other: Value | None, before: Value | None = None) -> Term:
        picked = self._picked(box)
        if picked is not None:
            return picked
        found = name(box, self._indices)
        known = self._names.get(found.text)
        if known is None:
            if found.text == "pi":
                return Term(self.formulas.pi())
            known = self._new(found.text, found.indices, other, before)
        if found.indices and len(found.indices) > len(known.shape):
            raise Unwritable(
                f"{found.text} has {len(found.indices)} indices and {len(known.shape)} axes",
                shapes=True,
            )
        term = Term(known, found.indices)
        return term if found.raised is None else self._raised(term, found.raised)

    def _picked(self, box: Box) -> Term | None:
        """`s_y`, the element of a vector at the class that is a target."""
        box = unwrapped(box)
        if not isinstance(box, Scripts) or plain(box.lowered) in self._indices:
            return None
        given = plain(box.base) in self._indexed and plain(box.lowered) in INDICES
        if not given and plain(box.lowered) not in ("y", "c"):
            return None
        known = self._names.get(plain(box.base))
        if known is None or not 1 <= len(known.shape) <= 2 or box.raised is not None:
            return None
        label = plain(box.lowered)
        if label not in self._names:
            value = text_of([0] * known.shape[0] if len(known.shape) > 1 else 0)
            made = self.definition.declare(
                label, known.shape[:-1], value=value, line=self._line, role="target"
            )
            self._names[label] = made
        return Term(self.formulas.call("pick", known, self._names[label]))

    # Formulas

    def _all(self, parts: Sequence[Box]) -> Term:
        cursor = Cursor(list(parts))
        made = self._sum(cursor)
        if cursor.left():
            raise Unwritable(f"{plain(cursor.peek()) or 'what follows'} is not read there")
        return made

    def _sum(self, cursor: Cursor) -> Term:
        total = self._product(cursor, None)
        while (sign := cursor.sign()) in ("+", "−", "-"):
            cursor.take()
            other = None if total.letters else total.value
            part = self._product(cursor, other)
            total = joined(self.formulas, "-" if sign in "−-" else "+", total, part)
        return total

    def _product(self, cursor: Cursor, other: Value | None) -> Term:
        if cursor.sign() in ("−", "-", "+"):
            first = plain(cursor.take())
            made = self._product(cursor, other)
            if first == "+":
                return made
            return replace(made, value=self.formulas.negate(made.plain()), row=False)
        mean = self._mean(cursor)
        made = mean if mean is not None else self._factor(cursor, other)
        while cursor.left():
            sign = cursor.sign()
            if sign in _PRODUCTS:
                cursor.take()
                beside = None if made.letters else made.value
                made = self._times(sign, made, self._factor(cursor, beside))
            elif cursor.starts():
                mean = self._mean(cursor)
                turned = made.row and not made.letters
                factor = (
                    mean
                    if mean is not None
                    else self._factor(cursor, None, made.value, turned=turned)
                )
                made = self._times("", made, factor)
            else:
                break
        return made

    def _times(self, sign: str, left: Term, right: Term) -> Term:
        """A product by its sign, or by the shapes where there is none."""
        formulas = self.formulas
        rows = right.value
        turned = left.row and not left.letters and left.value is not None and not sign
        if turned and rows is not None and 0 < len(right.letters) == len(rows.shape) - 1:
            return Term(formulas.binary("@", rows, left.plain()), right.letters)
        if left.letters or right.letters or left.value is None or right.value is None:
            return joined(formulas, "/" if sign == "/" else "*", left, right)
        a, b = left.value, right.value
        if sign == "/":
            return Term(formulas.binary("/", a, b))
        if sign in ("⊙", "*", "∘") or not a.shape or not b.shape:
            return Term(formulas.binary("*", a, b))
        column = len(a.shape) == len(b.shape) == 1 and right.row and not left.row
        if sign == "⊗" or column:
            return Term(formulas.call("outer", a, b))
        return Term(formulas.binary("@", a, b), row=left.row and len(b.shape) == 2)

    def _mean(self, cursor: Cursor) -> Term | None:
        r"""`\frac{1}{n} \sum_{i=1}^{n}`: the mean, whatever n is."""
        first, second = cursor.peek(), cursor.peek(1)
        if not isinstance(first, Over) or plain(first.top) != "1" or not is_big(second):
            return None
        assert isinstance(second, Scripts)
        above, below = plain(second.raised), plain(first.bottom)
        if not above or not below.endswith(above) or above.isdecimal():
            return None
        factor = below[: -len(above)]
        if factor and not factor.isdecimal():
            return None
        cursor.take()
        summed = self._big(cursor, mean=True)
        if factor:
            number = self.formulas.number(int(factor))
            return replace(summed, value=self.formulas.binary("/", summed.plain(), number))
        return summed

    def _big(self, cursor: Cursor, *, mean: bool = False) -> Term:
        """A sum and what it is over, up to the next + or −."""
        sign = unwrapped(cursor.take())
        over: set[str] = set()
        if isinstance(sign, Scripts):
            _, _, start = plain(sign.lowered).partition("=")
            index = counted(sign.lowered)
            over = {each for each in index if each in self._indices}
            if len(index) == 1 and plain(sign.raised) and start in ("0", "1"):
                last = plain(sign.raised)
                known = self._sizes.get(last)
                if known is None and index in self._sizes:
                    self._sizes[last] = self._sizes[index]
                self._sizes[index] = self._size(last)
        body = self._product(cursor, None)
        if isinstance(sign, Scripts) and "≠" in plain(sign.lowered):
            body = self._but_one(body, plain(sign.lowered).partition("≠")[2])
        if not over and not body.letters:
            value = body.plain()
            return Term(
                self.formulas.call("mean" if mean else "sum", value) if value.shape else value
            )
        return body.summed(self.formulas, over, mean=mean)

    def _but_one(self, body: Term, label: str) -> Term:
        """The elements of a sum over j ≠ y: that of the class y is 0."""
        value, known = body.plain(), self._names.get(label)
        if len(body.letters) != 1 or known is None or known.shape or len(value.shape) != 1:
            raise Unwritable(f"a sum over all but {label or 'one'}")
        chosen = self.formulas.call("one_hot", known, value.shape[0])
        here = self.formulas.compare("==", chosen, self.formulas.number(1))
        none = self.formulas.number(0)
        return replace(body, value=self.formulas.call("where", here, none, value))

    def _factor(
        self,
        cursor: Cursor,
        other: Value | None,
        before: Value | None = None,
        *,
        turned: bool = False,
    ) -> Term:
        """A name, a number, a call, a bracket; `before` is what it is multiplied with, which may be
        a vector that is `turned`."""
        box = cursor.peek()
        if box is None:
            raise Unwritable("a formula that breaks off")
        if is_big(box):
            return self._big(cursor)
        inner = unwrapped(box)
        if plain(inner) in UNKNOWN or (isinstance(inner, Scripts) and plain(inner.base) in UNKNOWN):
            raise Unwritable(f"{plain(inner) or plain(inner.base)} is not read")  # type: ignore[union-attr]
        base, raised = base_of(box), inner.raised if isinstance(inner, Scripts) else None
        match base:
            case Over(top=top, bottom=bottom):
                cursor.take()
                above, below = self._all(flat(top)), self._all(flat(bottom))
                made = self._times("/", above, below)
                return made if raised is None else self._raised(made, raised)
            case Root(body=body):
                cursor.take()
                found = self._all(flat(body))
                made = replace(found, value=self.formulas.call("sqrt", found.plain()))
                return made if raised is None else self._raised(made, raised)
            case Fence():
                cursor.take()
                return self._fenced(base, inner if isinstance(inner, Scripts) else None)
            case Table():
                cursor.take()
                return Term(self._table(base))
            case Group(body=body) if not is_letter(base):
                cursor.take()
                made = self._all(flat(body))
                return made if raised is None else self._raised(made, raised)
            case Atom(kind="number"):
                cursor.take()
                made = Term(self.formulas.number(_number(base.char)))
                return made if raised is None else self._raised(made, raised)
            case Atom(kind="sign", char=char) if char in OPEN or char == "|":
                return self._bracket(cursor)
        if not is_letter(base):
            raise Unwritable(f"{plain(base) or 'what stands there'} is not read")
        word = plain(base)
        if word == "e" and raised is not None and "e" not in self._names:
            cursor.take()
            inside = self._all(flat(raised))
            return replace(inside, value=self.formulas.call("exp", inside.plain()), row=False)
        if self._is_function(cursor, word):
            return self._call(cursor, word, inner if isinstance(inner, Scripts) else None)
        cursor.take()
        text = name(box, self._indices).text
        if before is not None and len(before.shape) > 0 and text not in self._names:
            use = self._survey.use(text)
            use.product, use.axes = True, max(use.axes, 1)
        given = self._applied(cursor, text)
        if given is not None:
            return given
        return self._name(box, other, before if turned else None)

    def _applied(self, cursor: Cursor, text: str) -> Term | None:
        """f(x) of a formula that is given for f(x). Raises Unwritable at other arguments, and where
        a bracket holds nothing but names, which is a function that the text does not give."""
        box = cursor.peek()
        if box is None:
            return None
        fence = base_of(box)
        if isinstance(fence, Fence):
            if fence.left not in ("(", "["):
                return None
            inside, closing, size = flat(fence.body), unwrapped(box), 1
        elif plain(box) in ("(", "["):
            inside, _, closing = cursor.bracket()
            size = len(inside) + 2
            cursor.back(size)
        else:
            return None
        written = "".join(plain(each) for each in inside)
        at = self._arguments_of.get(text)
        if at is not None:
            if _within(written) != at:
                raise Unwritable(f"{text} is given at {at}: at {written} it is not read")
            for _ in range(size):
                cursor.take()
            raised = closing.raised if isinstance(closing, Scripts) else None
            found = Term(self._names[text])
            return found if raised is None else self._raised(found, raised)
        parts = divided(inside, {",", ";"})
        named = all(len(each) == 1 and is_letter(base_of(each[0])) for each in parts)
        if named and not any(isinstance(unwrapped(each[0]), Scripts) for each in parts):
            raise Unwritable(
                f"{text}({written}) is a function that the text does not give; a product is"
                f" written {text} {written}"
            )
        return None

    def _fenced(self, fence: Fence, scripts: Scripts | None) -> Term:
        found = self._all(flat(fence.body)) if fence.left != "⟨" else None
        raised = None if scripts is None else scripts.raised
        if found is None:
            raise Unwritable("an inner product in brackets of another kind")
        kind = "" if scripts is None else plain(scripts.lowered)
        if fence.left == r"\|":
            return self._norm(found, kind, raised)
        if fence.left == "|":
            found = replace(found, value=self.formulas.call("abs", found.plain()))
        if fence.left in (r"\lfloor", r"\lceil"):
            raise Unwritable("rounding down or up has no word in the language")
        return found if raised is None else self._raised(found, raised)

    def _norm(self, found: Term, kind: str, raised: Box | None) -> Term:
        value = found.plain()
        if kind == "1":
            made = self.formulas.call("sum", self.formulas.call("abs", value))
        elif plain(raised) == "2":
            square = self.formulas.power(value, self.formulas.number(2))
            return Term(self.formulas.call("sum", square) if value.shape else square)
        else:
            made = self.formulas.call("norm", value)
        return Term(made) if raised is None else self._raised(Term(made), raised)

    def _bracket(self, cursor: Cursor) -> Term:
        """`( … )` of any kind, `| … |` and `⟨a, b⟩`, as single signs."""
        inside, opening, closing = cursor.bracket()
        scripts = closing if isinstance(closing, Scripts) else None
        if opening == "⟨":
            sides = divided(inside, {","})
            if len(sides) != 2:
                raise Unwritable("an inner product of other than two")
            left, right = (self._all(each).plain() for each in sides)
            return Term(self.formulas.call("dot", left, right))
        found = self._all(inside)
        if opening == "|":
            found = replace(found, value=self.formulas.call("abs", found.plain()))
        return (
            found
            if scripts is None or scripts.raised is None
            else self._raised(found, scripts.raised)
        )

    def _is_function(self, cursor: Cursor, word: str) -> bool:
        """Whether a word calls a function: it is one, and no name of the text."""
        if word in self._names:
            return False
        known = _function(word)
        box = base_of(cursor.peek())
        if isinstance(box, Atom) and box.kind == "word" and known is not None:
            return True
        follows = cursor.peek(1)
        opened = follows is not None and (
            isinstance(base_of(follows), Fence) or plain(base_of(follows)) == "("
        )
        if word in ("sigma", "Phi") and opened:
            return True
        if word in ("f", "g", "phi", "psi") and opened:
            raise Unwritable(f"{word} is a function that the text does not give")
        return known is not None and len(word) > 1 and opened

    def _call(self, cursor: Cursor, word: str, scripts: Scripts | None) -> Term:
        cursor.take()
        raised = None if scripts is None else scripts.raised
        given = self._arguments(cursor)
        ours = {"sigma": "sigmoid", "Phi": "normal_cdf"}.get(word) or _function(word) or word
        values = [each.plain() for each in given]
        letters = next((each.letters for each in given if each.letters), ())
        if scripts is not None and plain(scripts.lowered) in ("2", "10") and ours == "log":
            bottom = self.formulas.call("log", self.formulas.number(int(plain(scripts.lowered))))
            made = self.formulas.binary("/", self.formulas.call("log", values[0]), bottom)
        elif ours in FUNCTIONS:
            made = self.formulas.call(ours, *values)
        else:
            parameters, formula = FORMULAS[ours]
            if len(parameters) != len(values):
                raise Unwritable(f"{word} of {len(values)} values")
            bound = dict(zip(parameters, values, strict=True))
            made = read_formula(self.formulas, formula, bound).value
        kept = letters if len(made.shape) == len(letters) else ()
        term = Term(made, kept)
        return term if raised is None else self._raised(term, raised)

    def _arguments(self, cursor: Cursor) -> list[Term]:
        box = cursor.peek()
        if box is None:
            raise Unwritable("a function of nothing")
        base = unwrapped(box)
        if isinstance(base, Fence) and base.left in ("(", "[", "{", r"\{"):
            cursor.take()
            return [self._all(each) for each in divided(flat(base.body), {",", ";"})]
        if isinstance(base, Atom) and base.char in OPEN and base.kind == "sign":
            inside, _, closing = cursor.bracket()
            if not isinstance(closing, Scripts):
                return [self._all(each) for each in divided(inside, {",", ";"})]
            cursor.back(len(inside) + 2)
        return [self._factor(cursor, None)]

    def _raised(self, term: Term, box: Box) -> Term:
        """What is raised at a value: ⊤, a power."""
        parts = flat(box)
        text = plain(box)
        if text in TURNED:
            value = term.plain()
            return Term(self.formulas.turned(value), term.letters[::-1], row=len(value.shape) == 1)
        if text in ("−1", "-1") and len(term.plain().shape) == 2 and not term.letters:
            raise Unwritable("the inverse of a matrix has no word in the language")
        exponent = self._all(parts)
        return replace(term, value=self.formulas.power(term.plain(), exponent.plain()), row=False)

    def _table(self, table: Table) -> Value:
        if table.kind == "cases":
            return self._cases(table)
        rows = [[self._all(flat(each)).plain() for each in row] for row in table.rows]
        if all(len(row) == 1 for row in rows):
            return self.formulas.listed([row[0] for row in rows])
        listed = [self.formulas.listed(row) for row in rows]
        return listed[0] if len(listed) == 1 else self.formulas.listed(listed)

    def _cases(self, table: Table) -> Value:
        value: Value | None = None
        for row in reversed(table.rows):
            here = self._all(without(flat(row[0]), {","})).plain()
            condition = self._condition(flat(row[1])) if len(row) > 1 else None
            if value is None or condition is None:
                value = here
            else:
                value = self.formulas.call("where", condition, here, value)
        assert value is not None
        return value

    def _condition(self, parts: Sequence[Box]) -> Value | None:
        kept = [each for each in parts if not isinstance(each, Atom) or each.kind != "text"]
        place = relation(kept, set(_COMPARED))
        if place is None:
            return None
        sign = _COMPARED[plain(kept[place])]
        left, right = self._all(kept[:place]), self._all(without(kept[place + 1 :], {",", "."}))
        return self.formulas.compare(sign, left.plain(), right.plain())


def _function(word: str) -> str | None:
    """The language's function for a word: by its own name, or by another library's."""
    for each in (word, word.lower(), word.replace(" ", "_").lower()):
        ours = _WORDS.get(each, RENAMED.get(each, each))
        if ours in FUNCTIONS or ours in FORMULAS:
            return ours
    return None


def _within(written: str) -> str:
    """What stands in brackets, without them."""
    return written.strip("()[] ")


def _number(text: str) -> float | int:
    return int(text) if text.isdecimal() else float(text)
