"""Characters to tokens, one physical line at a time, with their places. No grammar, no brackets.

Tokens are Lark's, named as the grammar names them; the value of a NAME is its canonical
spelling, while its place is that of what was typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache

from lark import Token

from backstep.errors import Diagnostic, Edit, Fix, Span
from backstep.lang.syntax import names
from backstep.limits import LIMITS
from backstep.records import record

# A name with characters that are not Latin letters is read character by character.
_PIECE = re.compile(
    r"[ \t]*+(?:"
    r"(?P<NUMBER>(?:[0-9]+(?:\.(?!\.)[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<NAME>[A-Za-z_][A-Za-z0-9_]*+(?![^\x00-\x7f]))"
    r"|(?P<operator>\*\*|(?<!\.)\.\.(?!\.)|[<>=!]=|[-+*/@^~:,.=<>()\[\]·⋅∙×∗−÷∕≤≥≠⊙∘√⟨⟩〈〉])"
    r"|(?P<comment>\#)"
    r"|$)"
)
_COMMENT_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

_TYPES = {
    "+": "PLUS",
    "-": "MINUS",
    "−": "MINUS",
    "*": "STAR",
    "∗": "STAR",
    "·": "STAR",
    "⋅": "STAR",
    "∙": "STAR",
    "×": "STAR",
    "/": "SLASH",
    "÷": "SLASH",
    "∕": "SLASH",
    "@": "AT",
    "^": "CIRCUMFLEX",
    "**": "CIRCUMFLEX",
    "~": "TILDE",
    ":": "COLON",
    ",": "COMMA",
    ".": "DOT",
    "=": "EQUAL",
    "(": "LPAR",
    ")": "RPAR",
    "[": "LSQB",
    "]": "RSQB",
}
_TYPES |= {"⊙": "STAR", "∘": "STAR", "√": "ROOT", "..": "DOTS"}
_TYPES |= {"⟨": "LANGLE", "〈": "LANGLE", "⟩": "RANGLE", "〉": "RANGLE"}
_TYPES |= dict.fromkeys(("<", "<=", ">", ">=", "==", "!=", "≤", "≥", "≠"), "COMPARE")

# One spelling for each operator from here on. A raised dot or a cross between tensors may mean
# either product, so those two keep their signs.
_SPELLING = {
    "−": "-",
    "∗": "*",
    "⊙": "*",
    "∘": "*",
    "⋅": "·",
    "∙": "·",
    "÷": "/",
    "∕": "/",
    "**": "^",
}
_SPELLING |= {"≤": "<=", "≥": ">=", "≠": "!="}

_HINTS = {
    ";": "write one statement a line",
    "{": "write [ ] for lists and ( ) for grouping",
    "}": "write [ ] for lists and ( ) for grouping",
    "|": "write abs(x) for the absolute value, norm(x) for the length of a vector",
    "‖": "write norm(x)",
    "%": "there is no remainder; a percentage is written 0.1",
    "&": "there is no 'and'; write where inside where",
    "!": "there is no factorial; 'not equal' is written !=",
    "\\": "a line goes on inside brackets without a sign; names are written out, such as alpha;"
    " what solves A x = b is written solve(A, b)",
    "$": "write the formula without dollar signs",
    "√": "write sqrt(x)",
    "∑": "write sum(x)",
    "∏": "write prod(x)",
    "∂": "derivatives are worked out, not written",
    "∇": "derivatives are worked out, not written",
    "⊙": "write * for the product element by element",
    "∘": "write * for the product element by element",
    "⊗": "write outer(x, y)",
    "←": "write =",
    "≔": "write =",
    "…": "write every part out",
    "ᵀ": "write .T for the transpose",
    "′": "a name holds letters, digits and underscores; the transpose is written .T",
}
_HINTS |= dict.fromkeys("‐‑‒–—―", "write -")
_HINTS |= dict.fromkeys('"“”„«»‘’`', "text in quotes is no value; names stand without quotes")
_HINTS |= dict.fromkeys("≡≜≝", "write =")
_HINTS |= dict.fromkeys("⋆•", "write * for a product")
_HINTS |= dict.fromkeys("∧∨¬", "there is no 'and', 'or', 'not'; put one where inside another")
_HINTS |= {"⩽": "write <=", "⩾": "write >=", "⊤": "write .T for the transpose"}
_HINTS["≈"] = "write abs(a - b) < 1e-6 for nearly equal"
_HINTS["∛"] = "write x^(1/3)"
_HINTS["∞"] = "there is no infinity; write a large number, such as 1e9"
_WRITTEN = {"⊙": "*", "∘": "*", "←": "=", "≔": "=", "ᵀ": ".T", "⩽": "<=", "⩾": ">="}
_WRITTEN |= {"⋆": "*", "•": "·", "∞": "1e9"} | dict.fromkeys("≡≜≝", "=")
_WRITTEN |= dict.fromkeys("‐‑‒–—―", "-")
"""For characters with a sign of the same meaning in the language, that sign."""
RAISED = "".join(
    chr(code)
    for start, end in ((0xAA, 0x100), (0x2B0, 0x300), (0x1D2C, 0x1DC0), (0x2070, 0x2080))
    for code in range(start, end)
    if unicodedata.decomposition(chr(code)).startswith("<super>") and chr(code) != "ᵀ"
)
"""Superscript characters, as exponents are; a raised T is the transpose."""
_APOSTROPHES = "'’‘"
_PRIMES = "'’′ᵀ"
"""What follows a value to transpose it."""
_BY_NUMBER = re.compile(r"(?<![\w.])[0-9.]+[ \t]*\*|\*[ \t]*[0-9.]+(?![\w.])")
_BARS = {"|": "BAR", "‖": "NORM", "∥": "NORM"}
_TOTAL = re.compile(r"[Σ∑∏Π][ \t]*_[ \t]*(?=\{[ \t]*[^\W\d_]\w*[ \t]*=)")
_PARTIAL = re.compile(
    r"(?:∂\s?\w+\s*[/∕]\s*∂\s?|d[^\W\d]\w*\s*/\s*d(?=[^\W\d]))[^\W\d]\w*(?:⁽[⁰¹²³⁴⁵⁶⁷⁸⁹]+⁾)?(?=\s*=(?!=))"
)
"""A partial that a line gives a value: `∂L/∂w = …`, `dL/dw = …`."""
_LOWERED = re.compile(r"\{[^\W_]+\}")
"""What is lowered in a name, in braces: w_{12}."""
_LOWERED_TOTAL = re.compile(r"[Σ∑∏Π]([ᵢⱼₖₗₘₙₜ])₌([₀₁₂₃₄₅₆₇₈₉]+)")
_ORDER = re.compile(r"(?P<power>[²³])?(?:_\{?(?P<typed>[12F∞])\}?(?![A-Za-z])|(?P<lowered>[₁₂]))")
"""Which norm two bars are, behind the second: ‖w‖₁, ‖W‖_F, ‖w‖²₂."""
_RAISED_PART = re.compile(r"[-+]|[0-9]+|[^\W\d_]")
OPERAND_ENDS = frozenset({"NAME", "NUMBER", "RPAR", "RSQB"})
"""Types of the tokens that a value can end with, in ASCII."""
VALUE_ENDS = OPERAND_ENDS | {"RBAR", "RNORM", "RANGLE", "RBRACE"}
"""Types of the tokens that a value can end with."""
_RAISABLE = VALUE_ENDS | {"BAR", "NORM"}
_EINSUM = re.compile(r"einsum\s*\(\s*$")
_QUOTED = re.compile(r"([\"'“‘])([^\W\d]\w*)[\"'”’]")
_LONGEST_KEPT = 120


@record(frozen=True, slots=True)
class Scanned:
    """One physical line: its number, text, indentation, tokens, and what is wrong with them."""

    number: int
    text: str
    indent: str
    tokens: tuple[Token, ...]
    faults: tuple[Diagnostic, ...]


def split_lines(source: str) -> list[str]:
    """The physical lines as an editor counts them: only \\n, \\r and \\r\\n end one.

    A byte order mark at the start is no character of the first line.
    """
    return re.split(r"\r\n|\r|\n", source.removeprefix("\ufeff"))


def span_of(token: Token) -> Span:
    """The token's span."""
    assert token.line
    assert token.column
    assert token.end_line
    assert token.end_column
    return Span(token.line, token.column, token.end_line, token.end_column)


def behind(token: Token) -> Span:
    """The empty span after a token."""
    at = span_of(token)
    return Span(at.end_line, at.end_column, at.end_line, at.end_column)


def scan(text: str, number: int) -> Scanned:
    """The tokens of one physical line. Each kind of mistake in characters is reported once.

    What was scanned last is cached: most lines of a text that is being typed do not change.
    """
    return _scan_kept(text, number) if len(text) <= _LONGEST_KEPT else _scan(text, number)


def _scan(text: str, number: int) -> Scanned:
    tokens: list[Token] = []
    faults: list[Diagnostic] = []
    mistakes: set[str] = set()
    braces = 0
    for place, end, kind in _pieces(text):
        piece = text[place:end]
        wrong: Diagnostic | None = None
        value = piece
        if kind == "NAME":
            plain = piece.replace("{", "").replace("}", "") if piece[-1] == "}" else piece
            spelled = names.canonical(plain)
            if spelled is None:
                faults.append(_no_name(text, piece, Span(number, place + 1, number, end + 1)))
                continue
            value = spelled
            if spelled in names.STATEMENT_WORDS:
                kind = spelled.upper()
            elif len(spelled) > LIMITS.name_characters:
                wrong = _long_name(spelled, Span(number, place + 1, number, end + 1))
        elif kind == "NUMBER":
            wrong = _check_number(piece, Span(number, place + 1, number, end + 1))
        elif kind == "unknown":
            special = _special(text, place, end, number, tokens, braces)
            if special is not None:
                braces += sum(_BRACES.get(each.type, 0) for each in special)
                tokens.extend(special)
                continue
            wrong = unknown(text, place, Span(number, place + 1, number, end + 1))
            mistake = wrong.hint or piece[0]
            if mistake not in mistakes:
                mistakes.add(mistake)
                faults.append(wrong)
            continue
        elif kind == "PARTIAL":
            kind, value = "NAME", "".join(piece.split())
        elif kind == "TOTAL":
            value = "prod" if piece[0] in "∏Π" else "sum"
        elif kind == "LOWERED":
            tokens.extend(_lowered_total(piece, number, place))
            continue
        elif kind in ("BAR", "NORM"):
            order = _ORDER.match(piece, 1)
            value = piece[0] if order is None else piece[0] + _order(order)
            tokens.append(_token(kind, value, number, place, end))
            if order is not None and order["power"]:
                tokens.extend(_exponent(order["power"], number, place + 1))
            continue
        else:
            value = _SPELLING.get(piece, piece)
        if wrong is not None:
            faults.append(wrong)
        tokens.append(_token(kind, value, number, place, end))
    return Scanned(number, text, _indent(text), tuple(tokens), tuple(faults))


def _token(kind: str, value: str, number: int, place: int, end: int) -> Token:
    made = str.__new__(Token, value)  # in a third of the time of Token(…)
    made.type, made.start_pos, made.end_pos = kind, place, end
    made.line, made.column, made.end_line, made.end_column = number, place + 1, number, end + 1
    return made


def _lowered_total(piece: str, number: int, place: int) -> list[Token]:
    """`∑ᵢ₌₀` as `∑_{i=0}`."""
    end = place + len(piece)
    variable, first = unicodedata.normalize("NFKC", piece[1]), piece[3:]
    return [
        _token("TOTAL", "prod" if piece[0] in "∏Π" else "sum", number, place, place + 1),
        _token("LBRACE", "{", number, place + 1, place + 1),
        _token("NAME", variable, number, place + 1, place + 2),
        _token("EQUAL", "=", number, place + 2, place + 3),
        _token("NUMBER", unicodedata.normalize("NFKC", first), number, place + 3, end),
        _token("RBRACE", "}", number, end, end),
    ]


def _order(match: re.Match[str]) -> str:
    return match["typed"] or unicodedata.normalize("NFKC", match["lowered"])


_BRACES = {"LBRACE": 1, "RBRACE": -1}


def _special(
    text: str, place: int, end: int, number: int, before: list[Token], braces: int
) -> list[Token] | None:
    """The tokens of characters that a board has and ASCII lacks; None where they have no meaning.

    `before` are the line's tokens so far, `braces` how many braces are open.
    """
    piece = text[place:end]
    last = before[-1] if before else None
    touches = last is not None and last.end_pos == place
    if len(piece) == 1 and _parts_of(piece) is not None:
        joined = touches and last is not None and last.type == "NUMBER"
        return None if joined else [_token("NUMBER", piece, number, place, end)]
    if piece == "{":
        opens = last is not None and last.type in ("CIRCUMFLEX", "TOTAL")
        return [_token("LBRACE", "{", number, place, end)] if opens else None
    if piece == "}":
        return [_token("RBRACE", "}", number, place, end)] if braces else None
    if piece == "⊤" and last is not None and last.type == "CIRCUMFLEX":
        return [_token("NAME", names.TURNED, number, place, end)]
    if not touches or last is None or last.type not in _RAISABLE:
        return None
    if piece in _PRIMES:
        # Where primes transpose, a star may be the product of matrices; beside a number it is not.
        starred = "*" in _BY_NUMBER.sub("", text.partition("#")[0].replace("**", ""))
        if starred and piece != "ᵀ":
            return None
        turned = _token("NAME", "T", number, place, end)
        return [_token("DOT", ".", number, place, end), turned]
    if piece[0] in RAISED and raised(piece) is not None:
        return _exponent(piece, number, place)
    return None


def _parts_of(character: str) -> tuple[str, str] | None:
    """The numbers above and below the bar of ½; None for any other character."""
    above, bar, below = unicodedata.normalize("NFKC", character).partition("\u2044")
    return (above, below) if bar and above.isdecimal() and below.isdecimal() else None


def fraction(text: str) -> Fraction | None:
    """The value of ½; None for any other text."""
    parts = _parts_of(text) if len(text) == 1 else None
    return None if parts is None else Fraction(int(parts[0]), int(parts[1]))


def _exponent(run: str, number: int, place: int) -> list[Token]:
    """A run of superscript characters: `^`, and the exponent, in brackets if it is more than one
    number or name.
    """
    end = place + len(run)
    plain = unicodedata.normalize("NFKC", run).replace("\u2212", "-")
    found: list[Token] = [_token("CIRCUMFLEX", "^", number, place, place)]
    parts = list(_RAISED_PART.finditer(plain))
    for match in parts:
        at = place + match.start()
        kind = {"-": "MINUS", "+": "PLUS"}.get(match[0])
        kind = kind or ("NUMBER" if match[0].isdigit() else "NAME")
        if kind == "NUMBER" and found[-1].type == "NAME":
            found.append(_token("CIRCUMFLEX", "^", number, at, at))
        value = names.canonical(match[0]) if kind == "NAME" else match[0]
        found.append(_token(kind, value or match[0], number, at, place + match.end()))
    if len(parts) > 1:
        found.insert(1, _token("LPAR", "(", number, place, place))
        found.append(_token("RPAR", ")", number, end, end))
    return found


_scan_kept = lru_cache(maxsize=1024)(_scan)


def _pieces(text: str) -> Iterator[tuple[int, int, str]]:
    """Where each token starts and ends, and its type ('unknown' if it is none)."""
    place = len(_indent(text))
    partial = _PARTIAL.match(text, place) if text[place : place + 1] in ("∂", "d") else None
    if partial is not None:
        yield place, partial.end(), "PARTIAL"
        place = partial.end()
    while place < len(text):
        match = _PIECE.match(text, place)
        if match is not None:
            kind = match.lastgroup
            if kind is None:
                return
            start, place = match.span(kind)
            if kind == "NAME":
                lowered = _LOWERED.match(text, place) if text[place - 1] == "_" else None
                place = place if lowered is None else lowered.end()
            if kind == "operator":
                yield start, place, _TYPES.get(match["operator"], "COMPARE")
            elif kind == "comment":
                for hidden in _COMMENT_FORBIDDEN.finditer(text, start):
                    yield hidden.start(), hidden.end(), "unknown"
                return
            else:
                yield start, place, kind
            continue
        character = text[place]
        end = place + 1
        if character in _BARS:
            measured = character != "|" or text[place - 1 : place] == "|"
            order = _ORDER.match(text, end) if measured else None
            end = end if order is None else order.end()
            yield place, end, _BARS[character]
            place = end
            continue
        total = _TOTAL.match(text, place) if character in "Σ∑∏Π" else None
        if total is not None:
            yield place, total.end(), "TOTAL"
            place = total.end()
            continue
        lowered = _LOWERED_TOTAL.match(text, place)
        if lowered is not None:
            yield place, lowered.end(), "LOWERED"
            place = lowered.end()
            continue
        if _is_space(character):
            place = end
            continue
        if names.in_name(character):
            while end < len(text) and names.in_name(text[end]):
                end += 1
            lowered = _LOWERED.match(text, end) if text[end - 1] == "_" else None
            end = end if lowered is None else lowered.end()
            version = names.VERSION.match(text, end)
            end = end if version is None else version.end()
            yield place, end, "NAME"
        else:
            if character in "\"'":
                end = _quoted_end(text, place)
            while character in RAISED and text[end : end + 1] in RAISED and end < len(text):
                end += 1
            yield place, end, "unknown"
        place = end


def _is_space(character: str) -> bool:
    return character in " \t" or unicodedata.category(character) == "Zs"


def _indent(text: str) -> str:
    end = 0
    while end < len(text) and _is_space(text[end]):
        end += 1
    return text[:end]


def _quoted_end(text: str, place: int) -> int:
    """Past the closing quote, if there is one: a quotation is one mistake."""
    closing = text.find(text[place], place + 1)
    prime = text[place] == "'" and _after_operand(text, place)
    return place + 1 if closing < 0 or prime else closing + 1


def _after_operand(text: str, place: int) -> bool:
    return place > 0 and (text[place - 1] in ")]" or names.in_name(text[place - 1]))


def raised(run: str) -> str | None:
    """A run of superscript characters as an exponent, `⁻ˣ²` as `(-x^2)`; None if it is none."""
    plain = unicodedata.normalize("NFKC", run).replace("\u2212", "-")
    term = r"(?:[0-9]+|[^\W\d_][0-9]*)"
    if not re.fullmatch(rf"[-+]?{term}(?:[-+]{term})*", plain):
        return None
    split = re.sub(r"(?<=[^\W\d_])(?=[0-9])", "^", plain)
    return f"({split})" if split != plain else split


def unknown(text: str, place: int, span: Span) -> Diagnostic:
    """The diagnostic of a character that has no meaning at its place."""
    character = text[place]
    plain = unicodedata.normalize("NFKC", character)
    written: str | None = _WRITTEN.get(character)
    if character in _APOSTROPHES and _after_operand(text, place):
        hint: str | None = _HINTS["′"]
        written = ".T"
    elif character == ";" and text[:place].count("[") > text[:place].count("]"):
        hint = "rows are lists: [[1, 2], [3, 4]]"
    elif character == ";" and text[:place].count("(") > text[:place].count(")"):
        hint = "arguments are parted by commas"
    elif character in "'\"" and _EINSUM.search(text, 0, place):
        hint = "Backstep has no einsum; write the product by @, dot, outer or sum"
    elif character in _HINTS:
        hint = _HINTS[character]
    elif character in "\u2028\u2029":
        hint, written = "start a new line here", "\n"
    elif character == "'":
        hint = _HINTS['"']
    elif unicodedata.decomposition(character).startswith("<super>"):
        power = raised(text[place : span.end_column - 1])
        hint = f"write ^{power}" if power else "write ^ for a power"
        written = f"^{power}" if power else None
    elif unicodedata.digit(character, None) is not None:
        written = str(unicodedata.digit(character))
        hint = f"digits are 0–9: write {written}"
    elif plain != character and len(plain) == 1 and plain.isascii() and plain.isprintable():
        hint = f"write {plain}"
        written = plain
    elif unicodedata.category(character)[0] in "CZ":
        hint = "delete it"
        written = ""
    else:
        hint = None
    over = span
    quoted = _QUOTED.match(text, place)
    if written is None and quoted is not None:
        # The closing quote is a diagnostic of its own if it is another character.
        written = quoted[2]
        over = Span(span.line, place + 1, span.line, quoted.end() + 1)
    if written is not None and names.in_name(written[-1:] or " "):
        # What follows must not become part of it.
        written += " " * names.in_name(text[place + 1 : place + 2] or " ")
    run = text[place : span.end_column - 1]
    what = f"'{run}'" if len(run) > 1 and character in RAISED else _called(character)
    message = f"{what} is not part of the language"
    fixes = () if written is None else (Fix.write(written, over),)
    if written == "\n":
        fixes = (Fix("Start a new line", (Edit.at(span, written),)),)
    return Diagnostic("unknown_character", message, hint, span, fixes=fixes)


def _called(character: str) -> str:
    """The character for a message; one that can't be shown safely is named by its code."""
    category = unicodedata.category(character)[0]
    if category not in "CMZ":
        return f"the character '{character}'"
    name = unicodedata.name(character, "")
    code = f"U+{ord(character):04X}" + (f" ({name})" if name else "")
    return f"the character {code}" if category == "M" else f"the invisible character {code}"


def _no_name(text: str, piece: str, span: Span) -> Diagnostic:
    plain = unicodedata.normalize("NFKC", piece)
    fixes: tuple[Fix, ...] = ()
    after_digit = span.column > 1 and text[span.column - 2].isdigit()
    if after_digit and piece[0] == "_" and plain.replace("_", "").isdecimal():
        message, hint = "a number holds no underscores", "write its digits in one row"
        fixes = (Fix.write(plain.replace("_", ""), span),)
    elif text[: span.column - 1].endswith((")", "]")) and plain.strip("_").isdecimal():
        message = "an element of a value stands in square brackets"
        hint = "elements are counted from 0: softmax(z)[0] is the first"
    elif plain.isascii() and plain.isdigit():
        message, hint = f"'{piece}' is no number", f"digits are 0–9: write {plain}"
        lowered = unicodedata.decomposition(piece[0]).startswith("<sub>")
        fixes = () if lowered else (Fix.write(plain, span),)
    elif any(unicodedata.category(character)[0] == "L" for character in plain):
        message, hint = f"'{piece}' is no name", "a name starts with a letter"
    elif unicodedata.category(plain[:1])[0] == "M":
        message, hint = f"{_called(plain[0])} follows no letter", "delete it"
    else:
        message, hint = f"'{piece}' is no name", "a name holds at least one letter"
    return Diagnostic("bad_name", message, hint, span, fixes=fixes)


def _long_name(name: str, span: Span) -> Diagnostic:
    return Diagnostic(
        "name_characters",
        f"a name of {len(name)} characters; {LIMITS.name_characters} are allowed",
        "choose a shorter name",
        span,
    )


def _check_number(text: str, span: Span) -> Diagnostic | None:
    if len(text) > LIMITS.literal_characters:
        return Diagnostic(
            "literal_characters",
            f"a number of {len(text)} characters; {LIMITS.literal_characters} are allowed",
            "a float64 holds 17 significant digits",
            span,
        )
    value = float(text)
    if value == float("inf"):
        return Diagnostic(
            "literal_overflow",
            f"{text} is too large for a float64",
            "the largest is about 1.8e308",
            span,
        )
    if value == 0 and any(digit in "123456789" for digit in re.split("[eE]", text)[0]):
        return Diagnostic(
            "literal_underflow",
            f"{text} is too small for a float64, which would make it 0",
            "the smallest is about 4.9e-324",
            span,
        )
    return None
