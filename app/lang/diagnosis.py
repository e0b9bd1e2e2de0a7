"""Why a line can't be read, in the user's terms, once the grammar has refused a token of it.

Each recogniser looks for one mistake and answers None where it is another; the first answer is
told. Nothing here reads a line that is right.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lark import Token

from app.errors import Fault, Span
from app.lang import names, syntax
from app.lang.lines import OPERAND_ENDS
from app.lang.tokens import span_of

_ROLES = frozenset({"INPUT", "TARGET", "PARAM", "CONST"})
_WORDS = frozenset(word.upper() for word in names.STATEMENT_WORDS)
_OPERAND_STARTS = frozenset({"NAME", "NUMBER", "LPAR"})
_BINARY = frozenset({"PLUS", "MINUS", "STAR", "SLASH", "AT", "CIRCUMFLEX", "COMPARE"})

_FOREIGN = {
    "def": ("functions are defined without 'def'", "write f(x) = x^2"),
    "class": ("there are no classes here", "define functions: f(x) = x^2"),
    "return": ("there is no 'return'", "a function is one formula: f(x) = x^2"),
    "import": ("nothing is imported: the functions are built in", "delete the line"),
    "from": ("nothing is imported: the functions are built in", "delete the line"),
    "if": ("there is no 'if'", "write y = where(condition, a, b)"),
    "elif": ("there is no 'elif'", "write y = where(condition, a, b)"),
    "else": ("there is no 'else'", "write y = where(condition, a, b)"),
    "while": ("there is no 'while'", "write for t in range(3): where the number is known"),
    "print": ("nothing is printed: every name's value is shown", "delete the line"),
    "let": ("a name is given a value without 'let'", "write name = value"),
    "var": ("a name is given a value without 'var'", "write name = value"),
    "maximize": ("a loss is minimised", "write minimize of a name whose value is -(…)"),
    "minimise": ("the word is spelled 'minimize'", "write minimize L"),
    "output": ("there is no 'output': every name's value is shown", "write name = value"),
    "weight": ("what is learned is declared by 'param'", "write param w = 0.5"),
    "parameter": ("what is learned is declared by 'param'", "write param w = 0.5"),
    "constant": ("a fixed number is declared by 'const'", "write const c = 0.1"),
    "label": ("the label is declared by 'target'", "write target y = 1"),
}
_FOREIGN_INSIDE = {
    "and": ("there is no 'and'", "put one where inside another"),
    "or": ("there is no 'or'", "put one where inside another"),
    "not": ("there is no 'not'", "swap the two values of where"),
    "is": ("there is no 'is'", "write =="),
    "if": ("there is no 'if' inside a formula", "write where(condition, a, b)"),
    "else": ("there is no 'else' inside a formula", "write where(condition, a, b)"),
    "lambda": ("there are no functions without a name", "write f(x) = … on a line of its own"),
    "for": ("there is no 'for' inside a formula", "write the loop on lines of its own"),
}


@dataclass(frozen=True, slots=True)
class _Refusal:
    """A line's tokens and the place of the one that could not follow (the end: one past)."""

    tokens: Sequence[Token]
    place: int

    @property
    def first(self) -> Token:
        return self.tokens[0]

    @property
    def token(self) -> Token | None:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    @property
    def before(self) -> Token | None:
        return self.tokens[self.place - 1] if self.place > 0 else None

    def type_at(self, place: int) -> str:
        return self.tokens[place].type if place < len(self.tokens) else ""

    @property
    def here(self) -> Span:
        """The token's place, or the place just past the end."""
        if self.token is not None:
            return span_of(self.token)
        end = span_of(self.tokens[-1])
        return Span(end.end_line, end.end_column, end.end_line, end.end_column + 1)

    @property
    def whole(self) -> Span:
        return span_of(self.first).to(span_of(self.tokens[-1]))

    @property
    def inside(self) -> Token | None:
        """The innermost bracket that is open before the refused token."""
        opened = []
        for token in self.tokens[: self.place]:
            if token.type in ("LPAR", "LSQB"):
                opened.append(token)
            elif token.type in ("RPAR", "RSQB"):
                opened.pop()
        return opened[-1] if opened else None

    def top_level(self, kind: str) -> list[int]:
        """Where tokens of a type stand outside brackets."""
        depth, found = 0, []
        for place, token in enumerate(self.tokens):
            depth += token.type in ("LPAR", "LSQB")
            depth -= token.type in ("RPAR", "RSQB")
            if depth == 0 and token.type == kind:
                found.append(place)
        return found


def explain(tokens: Sequence[Token], refused: Token) -> Fault:
    """The fault of a line that the grammar refuses at a token (of type $END: at its end)."""
    place = next((at for at, token in enumerate(tokens) if token is refused), len(tokens))
    refusal = _Refusal(tokens, place)
    for recognise in _RECOGNISERS:
        fault = recognise(refusal)
        if fault is not None:
            return fault
    what = f"'{refusal.token}'" if refusal.token is not None else "the end of the line"
    after = f" after '{refusal.before}'" if refusal.before is not None else ""
    return Fault("unexpected_token", f"{what} can't stand here{after}", None, refusal.here)


def targets_of(tokens: Sequence[Token]) -> tuple[syntax.Name, ...]:
    """The names that a line at fault was most likely to give values to; empty: can't be told."""
    rest = tokens[1:] if tokens and tokens[0].type in _ROLES else tokens
    found: list[syntax.Name] = []
    for place, token in enumerate(rest):
        if token.type != ("NAME" if place % 2 == 0 else "COMMA"):
            break
        if token.type == "NAME":
            found.append(syntax.Name(str(token), span_of(token)))
    after = rest[2 * len(found) - 1 :][:1] if found else ()
    declared = len(rest) < len(tokens)
    gives = any(token.type in ("EQUAL", "COMPARE", "LPAR", "LSQB") for token in after)
    return tuple(found) if declared or gives else ()


def _foreign_statement(at: _Refusal) -> Fault | None:
    known = _FOREIGN.get(str(at.first))
    if known is None or at.first.type != "NAME" or at.type_at(1) in ("EQUAL", "COMMA"):
        return None
    if at.type_at(1) == "LPAR" and at.top_level("EQUAL"):
        return None
    return Fault("foreign_word", known[0], known[1], span_of(at.first))


def _seed_or_loss(at: _Refusal) -> Fault | None:
    if at.first.type == "SEED" and at.type_at(1) not in ("EQUAL", "LPAR"):
        message, hint = "a seed is a whole number from 0 to 2^64 − 1", "write, for example, seed 7"
        return Fault("seed", message, hint, at.here)
    if at.first.type == "MINIMIZE" and at.type_at(1) not in ("EQUAL", "LPAR"):
        message = "'minimize' takes one name"
        return Fault("minimize", message, "write L = … on a line above, then minimize L", at.here)
    return None


def _word_as_name(at: _Refusal) -> Fault | None:
    """A statement's word where a name or a value is meant."""
    gives = at.type_at(1) == "EQUAL" or (at.type_at(1) == "LPAR" and bool(at.top_level("EQUAL")))
    token = at.first if gives and at.first.type in _WORDS else at.token
    if token is None or token.type not in _WORDS:
        return None
    if token is not at.first and token.type in _ROLES | {"SEED", "MINIMIZE"} and _ends_value(at):
        return _two_statements(at)
    if token.type == "FOR" and _ends_value(at) and at.first.type != "FOR":
        message, hint = _FOREIGN_INSIDE["for"]
        return Fault("foreign_word", message, hint, span_of(token))
    named = at.place == 1 or any(equal > at.place for equal in at.top_level("EQUAL"))
    given = token is at.first or named
    message = (
        f"'{token}' is a word of the language and can't be given a value"
        if given
        else f"'{token}' is a word of the language and has no value"
    )
    return Fault("reserved_word", message, "choose another name", span_of(token))


def _ends_value(at: _Refusal) -> bool:
    return at.before is not None and at.before.type in OPERAND_ENDS and at.place > 1


def _two_statements(at: _Refusal) -> Fault:
    message = "a second statement starts here"
    return Fault("two_statements", message, "write one statement a line", at.here)


def _loop_head(at: _Refusal) -> Fault | None:
    if at.first.type != "FOR":
        return None
    form = "write for t in range(3):"
    if at.token is None and at.inside is None and at.before is not None:
        if at.before.type == "RPAR":
            return Fault("missing_colon", "the ':' is missing", "add ':' at the end", at.here)
        return Fault("loop_head", "the loop's head is not finished", form, at.here)
    if at.place == 2:
        return Fault("loop_head", "'in' is missing after the loop's variable", form, at.here)
    if at.place == 3:
        message = "a loop runs over range(…) or layers(…)"
        return Fault("loop_head", message, form, at.here)
    if at.before is not None and at.before.type == "COLON" and at.inside is None:
        message = "what a loop repeats stands on the lines below it"
        return Fault("loop_body", message, "start a new line here and indent it", at.here)
    if at.before is not None and at.before.type == "LPAR" and at.token is not None:
        if at.token.type == "RPAR":
            message = f"{at.tokens[3]} needs a whole number"
            return Fault("loop_bounds", message, form, at.here)
        return None
    if at.inside is not None or at.place <= 1:
        return None
    return Fault("loop_head", "the loop's head can't be read", form, at.here)


def _update(at: _Refusal) -> Fault | None:
    """`x += 1`, `x := 1`, `x == 1`."""
    name = 1 if at.first.type in _ROLES else 0
    if at.place != name + 1 or at.type_at(name) != "NAME" or at.token is None:
        return None
    target = at.tokens[name]
    if at.token.type == "COMPARE" and at.token == "==":
        message = f"'==' compares; '{target}' is given a value by '='"
        return Fault("comparison_for_equals", message, f"write {target} = …", at.here)
    if at.type_at(at.place + 1) != "EQUAL":
        return None
    span = at.here.to(span_of(at.tokens[at.place + 1]))
    if at.token.type == "COLON":
        message = "a name is given a value by '='"
        return Fault("walrus", message, f"write {target} = …", span)
    if at.token.type in _BINARY:
        message = f"there is no '{at.token}='"
        return Fault("update", message, f"write {target} = {target} {at.token} …", span)
    return None


def _undeclared_draw(at: _Refusal) -> Fault | None:
    if at.before is not None and at.before.type == "TILDE":
        message = "'~' is followed by a distribution"
        hint = "write normal(mean, sd), uniform(low, high), xavier, he, zeros or ones"
        return Fault("unknown_distribution", message, hint, at.here)
    if at.token is None or at.token.type != "TILDE":
        return None
    if at.first.type in _ROLES:
        message, hint = "'~' stands once, after the name and its shape", "write param W[3, 4] ~ he"
    else:
        message = "'~' draws the value of a declared name"
        hint = f"write param {at.first} ~ …, or input, target or const"
    return Fault("draw", message, hint, at.here)


def _comparison(at: _Refusal) -> Fault | None:
    if at.token is None or at.token.type != "COMPARE":
        return None
    message = "a comparison stands only as the first argument of where"
    return Fault("comparison_outside_where", message, "write where(condition, a, b)", at.here)


def _equals(at: _Refusal) -> Fault | None:
    """An '=' too many, in the wrong place, or missing."""
    equals = at.top_level("EQUAL")
    if at.token is not None and at.token.type == "EQUAL":
        if at.inside is not None:
            message = "'=' gives a value; a comparison is written '=='"
            return Fault("equals_for_comparison", message, "write ==", at.here)
        if equals[0] < at.place:
            message = "one '=' a line"
            return Fault("second_equals", message, "give each name its value on its own", at.here)
    if not equals or (at.token is not None and equals[0] > at.place):
        return _left_side(at, bool(equals))
    return None


def _left_side(at: _Refusal, has_equals: bool) -> Fault | None:
    if at.first.type in _ROLES:
        return _declaration(at, has_equals)
    if has_equals:
        return _unfit_left_side(at)
    if at.top_level("TILDE"):
        return None
    if at.first.type == "NAME" and at.type_at(1) in ("NAME", "NUMBER"):
        message = f"'=' is missing after '{at.first}'"
        hint = f"write {at.first} = {_text(at.tokens[1:], '…')}"
        return Fault("missing_equals", message, hint, span_of(at.tokens[1]))
    message = "this line gives no name a value"
    return Fault("missing_equals", message, "write name = … before it", at.whole)


def _unfit_left_side(at: _Refusal) -> Fault:
    if at.place == 1 and at.type_at(1) == "LSQB":
        message = f"one element of '{at.first}' can't be given a value"
        return Fault("left_side", message, f"give the whole: {at.first} = […]", at.here)
    if at.type_at(1) == "LPAR":
        message = "between the parentheses of a definition stand names"
        return Fault("left_side", message, f"write {at.first}(x) = …", at.here)
    if at.first.type == "NUMBER" and at.type_at(1) == "NAME":
        return _number_first(at, 0)
    message = "left of '=' stands the name that is given a value"
    return Fault("left_side", message, "write name = …", at.whole)


def _number_first(at: _Refusal, place: int) -> Fault:
    span = span_of(at.tokens[place]).to(span_of(at.tokens[place + 1]))
    name = f"{at.tokens[place]}{at.tokens[place + 1]}"
    hint = f"write, for example, {at.tokens[place + 1]}{at.tokens[place]}"
    return Fault("bad_name", f"'{name}' is no name: a name starts with a letter", hint, span)


def _declaration(at: _Refusal, has_equals: bool) -> Fault | None:
    role = at.first
    if at.place == 1:
        if at.type_at(1) == "NUMBER" and at.type_at(2) == "NAME":
            return _number_first(at, 1)
        message = f"'{role}' is followed by a name"
        return Fault("declaration", message, f"write {role} x = 1", at.here)
    name = at.tokens[1]
    if at.place == 2 and at.type_at(2) == "LPAR" and (has_equals or at.top_level("TILDE")):
        hint = f"write {role} {name}[3, 4]"
        return Fault("shape", "a shape stands in brackets", hint, at.here)
    if has_equals or at.top_level("TILDE") or at.inside is not None:
        if at.before is not None and at.before.type == "LSQB" and at.type_at(at.place) == "RSQB":
            message = "a shape holds at least one size"
            return Fault("shape", message, f"write {name}[3], or no brackets", at.here)
        return None
    given = _text(at.tokens[: at.place], f"{role} {name}").replace(str(role), f"{role} ", 1)
    rest = _text(at.tokens[at.place :], "…")
    if at.token is None:
        hint = f"write {given} ~ xavier" if at.place > 2 else f"write {given} = …"
        return Fault("missing_value", f"'{name}' is given no value", hint, at.whole)
    sign = "~" if at.token in names.DISTRIBUTIONS else "="
    message = f"'{sign}' is missing after '{given.removeprefix(f'{role} ')}'"
    return Fault("missing_equals", message, f"write {given} {sign} {rest}", at.here)


def _foreign_inside(at: _Refusal) -> Fault | None:
    for token in (at.token, at.before):
        if token is not None and token.type == "NAME" and str(token) in _FOREIGN_INSIDE:
            adjacent = at.before is not None and at.before.type in OPERAND_ENDS
            if adjacent and at.token is not None and at.token.type in _OPERAND_STARTS:
                message, hint = _FOREIGN_INSIDE[str(token)]
                return Fault("foreign_word", message, hint, span_of(token))
    return None


def _number_parts(at: _Refusal) -> Fault | None:
    """Numbers in other spellings: `0x1F`, `1.2.3`, `0,5`."""
    before, token = at.before, at.token
    if before is None or token is None or before.type != "NUMBER":
        return None
    joined = before.end_pos == token.start_pos and before.line == token.line
    span = span_of(before).to(span_of(token))
    if at.inside is None and (at.place == 1 or (at.place == 2 and at.first.type in _ROLES)):
        return None
    if token.type == "NAME" and joined and before == "0" and token[0] in "xXbBoO":
        return Fault("bad_number", "numbers are written in decimals", None, span)
    if token.type == "NUMBER" and joined:
        return Fault("bad_number", f"'{before}{token}' is no number", "one point a number", span)
    if token.type == "COMMA" and at.type_at(at.place + 1) == "NUMBER" and at.inside is None:
        after = at.tokens[at.place + 1]
        span = span_of(before).to(span_of(after))
        hint = f"write {before}.{after}, or [{before}, {after}] for a vector"
        return Fault("decimal_comma", "a decimal is written with a point", hint, span)
    return None


def _implicit_product(at: _Refusal) -> Fault | None:
    before, token = at.before, at.token
    if before is None or token is None or before.type not in OPERAND_ENDS:
        return None
    if token.type not in _OPERAND_STARTS:
        return None
    if at.inside is None and token.type == "NAME" and at.type_at(at.place + 1) == "EQUAL":
        return _two_statements(at)
    if token.type == "LPAR" and before.type == "NAME" and at.type_at(at.place - 2) == "DOT":
        message = "a function is called by its name alone"
        hint = f"write {before}(…), with what it works on between the parentheses"
        return Fault("method", message, hint, span_of(at.tokens[at.place - 2]).to(span_of(before)))
    left = str(before)
    right = str(token) if token.type in ("NAME", "NUMBER") else _group(at.tokens[at.place :])
    if before.type in ("RPAR", "RSQB"):
        left = _group_before(at.tokens[: at.place])
    message = f"an operator is missing between '{before}' and '{token}'"
    span = span_of(before).to(span_of(token))
    return Fault("implicit_product", message, f"write {left}*{right}", span)


def _group(tokens: Sequence[Token]) -> str:
    """The text of a short group that opens here."""
    depth = 0
    for place, token in enumerate(tokens):
        depth += token.type in ("LPAR", "LSQB")
        depth -= token.type in ("RPAR", "RSQB")
        if depth == 0:
            return _text(tokens[: place + 1], "(…)")
    return "(…)"


def _group_before(tokens: Sequence[Token]) -> str:
    """The text of a short group that closes here, with the name before it."""
    depth = 0
    for place in range(len(tokens) - 1, -1, -1):
        depth += tokens[place].type in ("RPAR", "RSQB")
        depth -= tokens[place].type in ("LPAR", "LSQB")
        if depth == 0:
            named = place > 0 and tokens[place - 1].type == "NAME"
            return _text(tokens[place - named :], f"…{tokens[-1]}")
    return "(…)"


def _text(tokens: Sequence[Token], otherwise: str) -> str:
    if len(tokens) > 8:
        return otherwise
    spaced = {"PLUS": " {} ", "MINUS": " {} ", "COMMA": "{} "}
    return "".join(spaced.get(token.type, "{}").format(token) for token in tokens)


def _missing_operand(at: _Refusal) -> Fault | None:
    before, token = at.before, at.token
    ends = token is None or token.type in ("RPAR", "RSQB", "COMMA", "COLON")
    if before is None:
        message = f"a line can't start with '{token}'"
        return Fault("missing_operand", message, "write name = …", at.here)
    if before.type == "DOT":
        return Fault("attribute", "after '.' stands a name", "write x.T for the transpose", at.here)
    if before.type in ("LPAR", "LSQB") and token is not None:
        if token.type in ("RPAR", "RSQB"):
            what = "the parentheses are" if token.type == "RPAR" else "the brackets are"
            return Fault("missing_operand", f"{what} empty", None, span_of(before).to(at.here))
        if token.type in _BINARY | {"COMMA"}:
            message = f"a value is missing before '{token}'"
            return Fault("missing_operand", message, None, at.here)
    if before.type in _BINARY | {"EQUAL", "COMMA"}:
        if ends:
            message = f"a value is missing after '{before}'"
            span = at.here if token is not None else span_of(before)
            return Fault("missing_operand", message, None, span)
        doubled = f"{before}{token}"
        if doubled in ("//", "%%", "^^", "*^"):
            hint = "write / for a quotient" if doubled == "//" else "write one of them"
            message = f"'{doubled}' is no operator"
            return Fault("unknown_operator", message, hint, span_of(before).to(at.here))
        if token is not None and token.type in _BINARY | {"EQUAL", "TILDE"}:
            message = f"a value is missing between '{before}' and '{token}'"
            return Fault("missing_operand", message, None, at.here)
    return None


def _several_values(at: _Refusal) -> Fault | None:
    if at.token is None or at.token.type != "COMMA" or at.inside is not None:
        return None
    message = "a name is given one value"
    return Fault("several_values", message, "write [a, b] for a vector, or a line each", at.here)


def _stray_colon(at: _Refusal) -> Fault | None:
    if at.token is None or at.token.type != "COLON":
        return None
    message = "':' stands at the end of a loop's head and inside an index"
    return Fault("stray_colon", message, "delete it", at.here)


_RECOGNISERS: tuple[Callable[[_Refusal], Fault | None], ...] = (
    _foreign_statement,
    _seed_or_loss,
    _word_as_name,
    _loop_head,
    _update,
    _undeclared_draw,
    _foreign_inside,
    _number_parts,
    _equals,
    _comparison,
    _implicit_product,
    _missing_operand,
    _several_values,
    _stray_colon,
)
