"""Reads JSON strictly by its standard.

Refused besides whatever is not JSON at all: NaN and Infinity literals, keys given twice, lone
surrogates, numbers that no float64 holds, and nesting deeper than anyone writes.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import Any, NoReturn

from backstep.errors import BodyError, Diagnostic

DEPTH = 64

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_BYTE_ORDER_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_HUGE = re.compile(r"[eE]\+?0*[1-9][0-9]{2}|(?<![0-9])[0-9]{309}")


def loads(body: bytes) -> Any:
    """The value of `body`, UTF-8. Raises BodyError, which says what is wrong and where."""
    if body.startswith(_BYTE_ORDER_MARKS):
        raise _refusal(
            "byte_order_mark",
            "the body begins with a byte order mark, which JSON does not have",
            "save or send it as UTF-8 without a byte order mark",
        )
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _refusal("not_utf8", f"byte {error.start + 1} is not UTF-8") from None
    decoder = _CAREFUL if _HUGE.search(text) else _PLAIN
    try:
        value = decoder.decode(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise _refusal("not_json", f"this is not JSON: {error.msg} ({where})") from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        # What is left of Python's own: a whole number of thousands of digits.
        raise _refusal("number_too_large", "a number has too many digits") from None
    _check_depth(value)
    if _SURROGATE.search(text):
        _check_strings(value)
    return value


def _refusal(code: str, message: str, hint: str | None = None) -> BodyError:
    return BodyError(Diagnostic(code, message, hint))


def _too_deep() -> BodyError:
    return _refusal("nested_too_deep", f"lists and objects are nested more than {DEPTH} deep")


def _constant(literal: str) -> NoReturn:
    raise _refusal(
        "not_json",
        f"this is not JSON: it has no number {literal}",
        f'write it as a string: "{literal}"',
    )


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _refusal("duplicate_key", f"the key {_shown(key)} is given twice")
            seen.add(key)
    return result


def _shown(key: str) -> str:
    return json.dumps(key if len(key) <= 40 else key[:40] + "…")


def _float(literal: str) -> float:
    value = float(literal)
    if value in (float("inf"), float("-inf")):
        raise _number_too_large(literal)
    return value


def _int(literal: str) -> int:
    value = int(literal)
    try:
        float(value)
    except OverflowError:
        raise _number_too_large(literal) from None
    return value


def _number_too_large(literal: str) -> BodyError:
    shown = literal if len(literal) <= 40 else literal[:40] + "…"
    return _refusal("number_too_large", f"{shown} is larger than any float64")


def _check_depth(value: object) -> None:
    level = [value]
    for _ in range(DEPTH + 1):
        below: list[object] = []
        for each in level:
            if isinstance(each, dict):
                below.extend(inner for inner in each.values() if isinstance(inner, list | dict))
            elif isinstance(each, list):
                below.extend(inner for inner in each if isinstance(inner, list | dict))
        if not below:
            return
        level = below
    raise _too_deep()


def _check_strings(value: object) -> None:
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _refusal("lone_surrogate", "a string holds half of a surrogate pair") from None
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check_strings(key)
            _check_strings(inner)
    elif isinstance(value, list):
        for inner in value:
            _check_strings(inner)


_PLAIN = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
# Calls a function for each number, so it is used only if the text can hold such a number.
_CAREFUL = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_int
)
