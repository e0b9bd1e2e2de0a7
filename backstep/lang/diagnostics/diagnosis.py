"""Why a line can't be read, in the user's terms, after the grammar has refused one of its tokens.

Each recogniser looks for one mistake and returns None if it is another; the first result is
reported. Those for whole statements are here, those for formulas in formula_mistakes. Nothing here
reads a valid line.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lark import Token

from backstep.errors import Diagnostic, Edit, Fix, Span
from backstep.lang.diagnostics import formula_mistakes
from backstep.lang.diagnostics.refused_line import BINARY, ROLES, Refusal, text_of
from backstep.lang.syntax import names, syntax_tree
from backstep.lang.syntax.lines import OPERAND_ENDS
from backstep.lang.syntax.tokens import behind, span_of

_WORDS = frozenset(word.upper() for word in names.STATEMENT_WORDS)

_DELETE = "delete the line"
_SPELLED = {
    "minimise": "minimize",
    "weight": "param",
    "parameter": "param",
    "constant": "const",
    "label": "target",
}
"""Words that start statements in other languages: ours."""
_FOREIGN = {
    "def": ("functions are defined without 'def'", "write f(x) = x^2"),
    "class": ("there are no classes here", "define functions: f(x) = x^2"),
    "return": ("there is no 'return'", "a function is one formula: f(x) = x^2"),
    "import": ("nothing is imported: the functions are built in", _DELETE),
    "from": ("nothing is imported: the functions are built in", _DELETE),
    "if": ("there is no 'if'", "write y = where(condition, a, b)"),
    "elif": ("there is no 'elif'", "write y = where(condition, a, b)"),
    "else": ("there is no 'else'", "write y = where(condition, a, b)"),
    "while": ("there is no 'while'", "write for t in range(3): where the number is known"),
    "print": ("nothing is printed: every name's value is shown", _DELETE),
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
_OPENS = frozenset(
    {
        *("with", "using", "assert", "function", "func", "fn", "struct", "library", "require"),
        *("include", "pip", "conda", "define", "given", "find", "compute", "show", "solve"),
        *("switch", "case", "match", "unless", "until", "when", "suppose", "assume", "argmin"),
        *("prove", "evaluate", "begin", "end", "do", "try", "except", "raise", "global", "local"),
        *("minimize", "minimise", "maximize", "input", "target", "param", "const", "seed", "for"),
        *("del", "pass", "break", "continue", "yield", "async", "await", "module", "package"),
    }
)
"""First words, in lower case, that are seldom the name of an assigned value."""


def explain(tokens: Sequence[Token], refused: Token) -> Diagnostic:
    """The diagnostic of a line that the grammar refuses at a token (of type $END: at its end)."""
    place = next((at for at, token in enumerate(tokens) if token is refused), len(tokens))
    refusal = Refusal(tokens, place)
    for recognise in _RECOGNISERS:
        fault = recognise(refusal)
        if fault is not None:
            return fault
    what = f"'{refusal.token}'" if refusal.token is not None else "the end of the line"
    after = f" after '{refusal.before}'" if refusal.before is not None else ""
    return Diagnostic("unexpected_token", f"{what} can't stand here{after}", None, refusal.here)


def targets_of(tokens: Sequence[Token]) -> tuple[syntax_tree.Name, ...]:
    """The names that a wrong line was most likely to assign; empty: unknown."""
    rest = tokens[1:] if tokens and tokens[0].type in ROLES else tokens
    found: list[syntax_tree.Name] = []
    for place, token in enumerate(rest):
        if token.type != ("NAME" if place % 2 == 0 else "COMMA"):
            break
        if token.type == "NAME":
            found.append(syntax_tree.Name(str(token), span_of(token)))
    after = rest[2 * len(found) - 1 :][:1] if found else ()
    declared = len(rest) < len(tokens)
    gives = any(token.type in ("EQUAL", "COMPARE", "LPAR", "LSQB") for token in after)
    return tuple(found) if declared or gives else ()


def _foreign_statement(at: Refusal) -> Diagnostic | None:
    known = _FOREIGN.get(str(at.first))
    if known is None or at.first.type != "NAME" or at.type_at(1) in ("EQUAL", "COMMA"):
        return None
    if at.type_at(1) == "LPAR" and at.top_level("EQUAL"):
        return None
    message, hint = known
    fixes: tuple[Fix, ...] = ()
    if hint == _DELETE:
        fixes = (Fix("Delete the line", (Edit.at(at.whole, ""),)),)
    elif at.first in _SPELLED:
        fixes = (Fix.write(_SPELLED[str(at.first)], span_of(at.first)),)
    elif at.first in ("let", "var"):
        start, following = span_of(at.first), span_of(at.tokens[1])
        gap = Span(start.line, start.column, following.line, following.column)
        fixes = (Fix("Delete the word", (Edit.at(gap, ""),)),)
    return Diagnostic("foreign_word", message, hint, span_of(at.first), fixes=fixes)


def _seed_or_loss(at: Refusal) -> Diagnostic | None:
    if at.first.type == "SEED" and at.type_at(1) not in ("EQUAL", "LPAR"):
        message, hint = "a seed is a whole number from 0 to 2^64 − 1", "write, for example, seed 7"
        return Diagnostic("seed", message, hint, at.here)
    if at.first.type == "MINIMIZE" and at.type_at(1) not in ("EQUAL", "LPAR"):
        message = "'minimize' takes one name"
        return Diagnostic(
            "minimize", message, "write L = … on a line above, then minimize L", at.here
        )
    return None


def _word_as_name(at: Refusal) -> Diagnostic | None:
    """A statement's keyword where a name or a value must be."""
    gives = at.type_at(1) == "EQUAL" or (at.type_at(1) == "LPAR" and bool(at.top_level("EQUAL")))
    token = at.first if gives and at.first.type in _WORDS else at.token
    if token is None or token.type not in _WORDS:
        return None
    if token is not at.first and token.type in ROLES | {"SEED", "MINIMIZE"} and _ends_value(at):
        return formula_mistakes.two_statements(at)
    if token.type == "FOR" and _ends_value(at) and at.first.type != "FOR":
        message, hint = formula_mistakes.FOREIGN_INSIDE["for"]
        return Diagnostic("foreign_word", message, hint, span_of(token))
    named = at.place == 1 or any(equal > at.place for equal in at.top_level("EQUAL"))
    given = token is at.first or named
    message = (
        f"'{token}' is a word of the language and can't be given a value"
        if given
        else f"'{token}' is a word of the language and has no value"
    )
    return Diagnostic("reserved_word", message, "choose another name", span_of(token))


def _ends_value(at: Refusal) -> bool:
    return at.before is not None and at.before.type in OPERAND_ENDS and at.place > 1


def _loop_head(at: Refusal) -> Diagnostic | None:
    if at.first.type != "FOR":
        return None
    form = "write for t in range(3):"
    if at.token is None and at.inside is None and at.before is not None:
        if at.before.type == "RPAR":
            fix = Fix("Add ':'", (Edit.at(behind(at.before), ":"),))
            hint = "add ':' at the end"
            return Diagnostic("missing_colon", "the ':' is missing", hint, at.here, fixes=(fix,))
        return Diagnostic("loop_head", "the loop's head is not finished", form, at.here)
    if at.place == 2:
        return Diagnostic("loop_head", "'in' is missing after the loop's variable", form, at.here)
    if at.place == 3:
        message = "a loop runs over range(…) or layers(…)"
        return Diagnostic("loop_head", message, form, at.here)
    if at.before is not None and at.before.type == "COLON" and at.inside is None:
        message = "what a loop repeats stands on the lines below it"
        return Diagnostic("loop_body", message, "start a new line here and indent it", at.here)
    if at.before is not None and at.before.type == "LPAR" and at.token is not None:
        if at.token.type == "RPAR":
            message = f"{at.tokens[3]} needs a whole number"
            return Diagnostic("loop_bounds", message, form, at.here)
        return None
    if at.inside is not None or at.place <= 1:
        return None
    return Diagnostic("loop_head", "the loop's head can't be read", form, at.here)


def _update(at: Refusal) -> Diagnostic | None:
    """`x += 1`, `x := 1`, `x == 1`."""
    name = 1 if at.first.type in ROLES else 0
    if at.place != name + 1 or at.type_at(name) != "NAME" or at.token is None:
        return None
    target = at.tokens[name]
    if at.token.type == "COMPARE" and at.token == "==":
        message = f"'==' compares; '{target}' is given a value by '='"
        fix = Fix.write("=", at.here)
        hint = f"write {target} = …"
        return Diagnostic("comparison_for_equals", message, hint, at.here, fixes=(fix,))
    if at.type_at(at.place + 1) != "EQUAL":
        return None
    span = at.here.to(span_of(at.tokens[at.place + 1]))
    if at.token.type == "COLON":
        message = "a name is given a value by '='"
        hint = f"write {target} = …"
        return Diagnostic("walrus", message, hint, span, fixes=(Fix.write("=", span),))
    if at.token.type in BINARY:
        message = f"there is no '{at.token}='"
        rest = at.tokens[at.place + 2 :]
        fix = Fix.write(f"= {target} {at.token}", span)
        if len(rest) > 1:
            # The whole right side is what is subtracted or multiplied by.
            opened = Edit.at(span, f"= {target} {at.token} (")
            gap = Span(span.end_line, span.end_column, rest[0].line or 1, rest[0].column or 1)
            edits = (opened, Edit.at(gap, ""), Edit.at(behind(rest[-1]), ")"))
            fix = Fix(fix.title, edits)
        hint = f"write {target} = {target} {at.token} …"
        return Diagnostic("update", message, hint, span, fixes=(fix,))
    return None


def _undeclared_draw(at: Refusal) -> Diagnostic | None:
    if at.before is not None and at.before.type == "TILDE":
        message = "'~' is followed by a distribution"
        hint = "write normal(mean, sd), uniform(low, high), xavier, he, zeros or ones"
        return Diagnostic("unknown_distribution", message, hint, at.here)
    if at.token is None or at.token.type != "TILDE":
        return None
    if at.first.type in ROLES:
        message, hint = "'~' stands once, after the name and its shape", "write param W[3, 4] ~ he"
    else:
        message = "'~' draws the value of a declared name"
        hint = f"write param {at.first} ~ …, or input, target or const"
    return Diagnostic("draw", message, hint, at.here)


def _equals(at: Refusal) -> Diagnostic | None:
    """An '=' too many, in the wrong place, or missing."""
    equals = at.top_level("EQUAL")
    if at.token is not None and at.token.type == "EQUAL":
        if at.inside is not None:
            message = "'=' gives a value; a comparison is written '=='"
            fix = Fix.write("==", at.here)
            return Diagnostic("equals_for_comparison", message, "write ==", at.here, fixes=(fix,))
        if equals[0] < at.place:
            message = "one '=' a line"
            return Diagnostic(
                "second_equals", message, "give each name its value on its own", at.here
            )
    if not equals or (at.token is not None and equals[0] > at.place):
        return _left_side(at, bool(equals))
    return None


def _left_side(at: Refusal, has_equals: bool) -> Diagnostic | None:
    if at.first.type in ROLES:
        return _declaration(at, has_equals)
    if has_equals:
        return _unfit_left_side(at)
    if at.top_level("TILDE"):
        return None
    if at.first.type == "NAME" and at.type_at(1) in ("NAME", "NUMBER"):
        message = f"'=' is missing after '{at.first}'"
        hint = f"write {at.first} = {text_of(at.tokens[1:], '…')}"
        fix = Fix("Write =", (Edit.at(behind(at.first), " ="),))
        here = span_of(at.tokens[1])
        if str(at.first).casefold() in _OPENS or str(at.first).startswith("argm"):
            return Diagnostic("missing_equals", message, None, here)
        return Diagnostic("missing_equals", message, hint, here, fixes=(fix,))
    message = "this line gives no name a value"
    return Diagnostic("missing_equals", message, "write name = … before it", at.whole)


def _unfit_left_side(at: Refusal) -> Diagnostic:
    if at.place == 1 and at.type_at(1) == "LSQB":
        message = f"one element of '{at.first}' can't be given a value"
        return Diagnostic("left_side", message, f"give the whole: {at.first} = […]", at.here)
    if at.type_at(1) == "LPAR":
        message = "between the parentheses of a definition stand names"
        return Diagnostic("left_side", message, f"write {at.first}(x) = …", at.here)
    if at.first.type == "NUMBER" and at.type_at(1) == "NAME":
        return _number_first(at, 0)
    message = "left of '=' stands the name that is given a value"
    return Diagnostic("left_side", message, "write name = …", at.whole)


def _number_first(at: Refusal, place: int) -> Diagnostic:
    span = span_of(at.tokens[place]).to(span_of(at.tokens[place + 1]))
    name = f"{at.tokens[place]}{at.tokens[place + 1]}"
    hint = f"write, for example, {at.tokens[place + 1]}{at.tokens[place]}"
    return Diagnostic("bad_name", f"'{name}' is no name: a name starts with a letter", hint, span)


def _declaration(at: Refusal, has_equals: bool) -> Diagnostic | None:
    role = at.first
    if at.place == 1:
        if at.type_at(1) == "NUMBER" and at.type_at(2) == "NAME":
            return _number_first(at, 1)
        message = f"'{role}' is followed by a name"
        return Diagnostic("declaration", message, f"write {role} x = 1", at.here)
    name = at.tokens[1]
    if at.place == 2 and at.type_at(2) == "LPAR" and (has_equals or at.top_level("TILDE")):
        hint = f"write {role} {name}[3, 4]"
        return Diagnostic("shape", "a shape stands in brackets", hint, at.here)
    if has_equals or at.top_level("TILDE") or at.inside is not None:
        if at.before is not None and at.before.type == "LSQB" and at.type_at(at.place) == "RSQB":
            message = "a shape holds at least one size"
            return Diagnostic("shape", message, f"write {name}[3], or no brackets", at.here)
        return None
    given = text_of(at.tokens[: at.place], f"{role} {name}").replace(str(role), f"{role} ", 1)
    rest = text_of(at.tokens[at.place :], "…")
    if at.token is None:
        hint = f"write {given} ~ xavier" if at.place > 2 else f"write {given} = …"
        drawn = at.place > 2
        value = " ~ xavier" if drawn else " = 1"
        fix = Fix(f"Write {given}{value}", (Edit.at(behind(at.tokens[-1]), value),))
        return Diagnostic(
            "missing_value", f"'{name}' is given no value", hint, at.whole, fixes=(fix,)
        )
    sign = "~" if at.token in names.DISTRIBUTIONS else "="
    message = f"'{sign}' is missing after '{given.removeprefix(f'{role} ')}'"
    fix = Fix(f"Write {sign}", (Edit.at(behind(at.tokens[at.place - 1]), f" {sign}"),))
    hint = f"write {given} {sign} {rest}"
    return Diagnostic("missing_equals", message, hint, at.here, fixes=(fix,))


_RECOGNISERS: tuple[Callable[[Refusal], Diagnostic | None], ...] = (
    _foreign_statement,
    _seed_or_loss,
    _word_as_name,
    _loop_head,
    _update,
    _undeclared_draw,
    formula_mistakes.foreign_inside,
    formula_mistakes.number_parts,
    _equals,
    formula_mistakes.comparison,
    formula_mistakes.implicit_product,
    formula_mistakes.missing_operand,
    formula_mistakes.several_values,
    formula_mistakes.stray_colon,
)
