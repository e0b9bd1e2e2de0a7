"""Mistakes inside formulas: products not written, values left out, words of other languages.

Each recogniser looks for one mistake and returns None if it is another.
"""

from __future__ import annotations

import re

from backstep.errors import Diagnostic, Fix
from backstep.lang.diagnostics.fixes import foreign_names
from backstep.lang.diagnostics.refused_line import BINARY, OPERAND_STARTS, ROLES, Refusal
from backstep.lang.syntax.lines import OPERAND_ENDS
from backstep.lang.syntax.tokens import span_of
from backstep.ops import FUNCTIONS

FOREIGN_INSIDE = {
    "and": ("there is no 'and'", "put one where inside another"),
    "or": ("there is no 'or'", "put one where inside another"),
    "not": ("there is no 'not'", "swap the two values of where"),
    "is": ("there is no 'is'", "write =="),
    "if": ("there is no 'if' inside a formula", "write where(condition, a, b)"),
    "else": ("there is no 'else' inside a formula", "write where(condition, a, b)"),
    "lambda": ("there are no functions without a name", "write f(x) = … on a line of its own"),
    "where": ("'where' stands before its condition", "write where(x > 0, a, b), with both values"),
    "for": ("there is no 'for' inside a formula", "write the loop on lines of its own"),
}


_BY_ONE_LESS = {
    name: f"torch.{name} divides by n − 1; {name}(x) divides by n, and {name}(x, ddof=1) by n − 1"
    for name in ("var", "std")
}
"""Functions of PyTorch's whose name here is another value's."""


def two_statements(at: Refusal) -> Diagnostic:
    """`a = 1 b = 2`: a second statement on the line."""
    message = "a second statement starts here"
    return Diagnostic("two_statements", message, "write one statement a line", at.here)


def comparison(at: Refusal) -> Diagnostic | None:
    """`y = a > b`: a comparison outside `where`."""
    if at.token is None or at.token.type != "COMPARE":
        return None
    message = "a comparison stands only as the first argument of where"
    return Diagnostic("comparison_outside_where", message, "write where(condition, a, b)", at.here)


def foreign_inside(at: Refusal) -> Diagnostic | None:
    """`a if c else b`: another language's word between operands."""
    for token in (at.token, at.before):
        if token is not None and token.type == "NAME" and str(token) in FOREIGN_INSIDE:
            adjacent = at.before is not None and at.before.type in OPERAND_ENDS
            if adjacent and at.token is not None and at.token.type in OPERAND_STARTS:
                message, hint = FOREIGN_INSIDE[str(token)]
                return Diagnostic("foreign_word", message, hint, span_of(token))
    return None


def number_parts(at: Refusal) -> Diagnostic | None:
    """Numbers in other spellings: `0x1F`, `1.2.3`, `0,5`."""
    before, token = at.before, at.token
    if before is None or token is None or before.type != "NUMBER":
        return None
    joined = before.end_pos == token.start_pos and before.line == token.line
    span = span_of(before).to(span_of(token))
    if at.inside is None and (at.place == 1 or (at.place == 2 and at.first.type in ROLES)):
        return None
    if token.type == "NAME" and joined and before == "0" and token[0] in "xXbBoO":
        return Diagnostic("bad_number", "numbers are written in decimals", None, span)
    if token.type == "NUMBER" and joined:
        return Diagnostic(
            "bad_number", f"'{before}{token}' is no number", "one point a number", span
        )
    listed = at.type_at(at.place + 2) == "COMMA"
    follows = at.type_at(at.place + 1) == "NUMBER"
    if token.type == "COMMA" and follows and at.inside is None and not listed:
        after = at.tokens[at.place + 1]
        span = span_of(before).to(span_of(after))
        hint = f"write {before}.{after}, or [{before}, {after}] for a vector"
        fixes = (
            Fix.write(f"{before}.{after}", span),
            Fix.write(f"[{before}, {after}]", span),
        )
        if before != "0" and len(before) <= 3 and re.fullmatch(r"\d{3}", str(after)):
            # A thousand or one: ambiguous.
            hint = f"write {before}{after} or {before}.{after}, whichever is meant"
            fixes = (Fix.write(f"{before}{after}", span), Fix.write(f"{before}.{after}", span))
        if re.fullmatch(r"\d{1,3}(?:\.\d{3})+", before):
            # 1.234,56: the points part thousands.
            whole = before.replace(".", "")
            hint = f"write {whole}.{after}"
            fixes = (Fix.write(f"{whole}.{after}", span), Fix.write(f"[{before}, {after}]", span))
        message = "a decimal is written with a point"
        return Diagnostic("decimal_comma", message, hint, span, fixes=fixes)
    return None


def implicit_product(at: Refusal) -> Diagnostic | None:
    """`2x` or `a b`: operands with no operator between them."""
    before, token = at.before, at.token
    if before is None or token is None or before.type not in OPERAND_ENDS:
        return None
    if token.type not in OPERAND_STARTS:
        return None
    if at.inside is None and token.type == "NAME" and at.type_at(at.place + 1) == "EQUAL":
        return two_statements(at)
    if token.type == "LPAR" and before.type == "NAME" and at.type_at(at.place - 2) == "DOT":
        message = "a function is called by its name alone"
        hint = foreign_names.said_of(str(before))
        module = at.place > 2 and str(at.tokens[at.place - 3]) in foreign_names.MODULES
        if at.type_at(at.place - 3) == "NAME" and at.tokens[at.place - 3] == "torch":
            hint = _BY_ONE_LESS.get(str(before), hint)
        if hint is None and module and str(before) not in FUNCTIONS:
            hint = f"Backstep has no {before}"
        return Diagnostic(
            "method", message, hint, span_of(at.tokens[at.place - 2]).to(span_of(before))
        )
    if before.type == "NAME" and str(before) in FUNCTIONS:
        message = f"what the function '{before}' works on stands in parentheses"
        span = span_of(before).to(span_of(token))
        return Diagnostic("no_parentheses", message, f"write {before}(…)", span)
    span = span_of(before).to(span_of(token))
    if before.type == token.type == "NUMBER" and at.inside is not None and at.inside.type == "LSQB":
        message = f"a comma is missing between '{before}' and '{token}'"
        hint = "elements have commas between them; a decimal has a point, as in 1.5"
        return Diagnostic("missing_comma", message, hint, span)
    message = f"an operator is missing between '{before}' and '{token}'"
    return Diagnostic("implicit_product", message, None, span)


def missing_operand(at: Refusal) -> Diagnostic | None:
    """`a + * b`, `(a + )`: an operator without an operand."""
    before, token = at.before, at.token
    ends = token is None or token.type in ("RPAR", "RSQB", "COMMA", "COLON")
    if before is None:
        message = f"a line can't start with '{token}'"
        return Diagnostic("missing_operand", message, "write name = …", at.here)
    if before.type == "DOT":
        return Diagnostic(
            "attribute", "after '.' stands a name", "write x.T for the transpose", at.here
        )
    if before.type in ("LPAR", "LSQB") and token is not None:
        if token.type in ("RPAR", "RSQB"):
            what = "the parentheses are" if token.type == "RPAR" else "the brackets are"
            return Diagnostic("missing_operand", f"{what} empty", None, span_of(before).to(at.here))
        if token.type in BINARY | {"COMMA"}:
            message = f"a value is missing before '{token}'"
            return Diagnostic("missing_operand", message, None, at.here)
    if before.type in BINARY | {"EQUAL", "COMMA"}:
        if ends:
            message = f"a value is missing after '{before}'"
            if token is not None:
                return Diagnostic("missing_operand", message, None, at.here)
            hint = "a formula goes on in the next line only inside parentheses"
            return Diagnostic("missing_operand", message, hint, span_of(before))
        doubled = f"{before}{token}"
        if doubled in ("//", "%%", "^^", "*^"):
            floor = doubled == "//"
            hint = "/ is a quotient; there is none rounded down" if floor else "write one of them"
            message = f"'{doubled}' is no operator"
            span = span_of(before).to(at.here)
            signs = () if floor else dict.fromkeys(doubled)
            fixes = tuple(Fix.write(sign, span) for sign in signs)
            return Diagnostic("unknown_operator", message, hint, span, fixes=fixes)
        if token is not None and token.type in BINARY | {"EQUAL", "TILDE"}:
            message = f"a value is missing between '{before}' and '{token}'"
            return Diagnostic("missing_operand", message, None, at.here)
    return None


def several_values(at: Refusal) -> Diagnostic | None:
    """`v = 1, 2`: more than one value."""
    if at.token is None or at.token.type != "COMMA" or at.inside is not None:
        return None
    message = "a name is given one value"
    return Diagnostic(
        "several_values", message, "write [a, b] for a vector, or a line each", at.here
    )


def stray_colon(at: Refusal) -> Diagnostic | None:
    """`1:3` outside an index."""
    if at.token is None or at.token.type != "COLON":
        return None
    message = "':' stands at the end of a loop's head and inside an index"
    counts = at.before is not None and at.before.type == "NUMBER"
    hint = "the numbers from 1 to 3 are [1, 2, 3]" if counts else "delete it"
    return Diagnostic("stray_colon", message, hint, at.here)
