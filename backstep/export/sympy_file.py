"""A SymPy program: symbols, the loss and its closed gradients, at the values in force."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from math import isnan
from typing import Any

import numpy as np

from backstep.binding.bind import BoundModel
from backstep.binding.closed_gradients import RefusedFormula, ScalarForm, closed, derive
from backstep.errors import Diagnostic, FormulaTooLarge
from backstep.export.comments import hashed
from backstep.export.expected_values import Stored
from backstep.export.header import head
from backstep.export.numbers import seventeen
from backstep.export.program import program
from backstep.ops.row import Array
from backstep.symbolic.evaluation import evaluate

_DEEPEST = 80
"""The most nested brackets: Python's own parser fails past about a hundred."""
_WORD = re.compile(r"[^\W\d]\w*")
_TOP = re.compile(r"(?<![\w.])(\d+)(?=\s*/)")


def sympy_file(prepared: BoundModel, numbers: Stored) -> str:
    """The file's text. Raises FormulaTooLarge if a closed formula is too large to be written."""
    form = derive(prepared, "scalar", list(numbers.wrt))
    assert isinstance(form, ScalarForm)
    texts = {"": form.loss.text}
    for name, each in form.gradients.items():
        if isinstance(each, RefusedFormula):
            raise _too_large(name)
        texts[name] = each.text
    if form.loss.text is None:
        raise _too_large(form.loss.name)
    written = {name: _listed(text) for name, text in texts.items()}
    for name, text in written.items():
        if _depth(text) > _DEEPEST:
            raise _too_large(name or form.loss.name)
    used = _used(written.values(), form.symbols)
    return "\n\n".join(_parts(prepared, numbers, form, written, used)) + "\n"


def _too_large(name: str) -> FormulaTooLarge:
    message = f"the closed formula of {name} is too large for a program"
    return FormulaTooLarge(
        Diagnostic("formula_too_large", message, "use the target numpy", pointer="/target")
    )


def _listed(text: object) -> str:
    """A formula, or nested lists of them, as code."""
    if isinstance(text, np.ndarray):
        text = text.tolist()
    if isinstance(text, list | tuple):
        return f"[{', '.join(map(_listed, text))}]"
    return _exact(str(text))


def _exact(text: str) -> str:
    """A formula whose quotients of integers stay exact; Python's own would be rounded."""
    return _TOP.sub(r"Integer(\1)", text)


def _depth(text: str) -> int:
    deepest = depth = 0
    for character in text:
        depth += (character in "([") - (character in ")]")
        deepest = max(deepest, depth)
    return deepest


def _used(texts: Iterable[str], symbols: Mapping[str, str]) -> list[str]:
    """SymPy's own names in the formulas."""
    words = {word for text in texts for word in _WORD.findall(text)}
    return sorted(words - symbols.keys() - {"True", "False"})


def _parts(
    prepared: BoundModel,
    numbers: Stored,
    form: ScalarForm,
    written: Mapping[str, str],
    used: list[str],
) -> Iterable[str]:
    made = program(prepared.definition, numbers.wrt)
    renamed = {meaning: text for text, meaning in form.symbols.items() if text != meaning}
    yield "\n".join(hashed(line) for line in head(prepared, made, renamed))
    own = {"AccumBounds", "Float", "Integer", "Piecewise", "S", "Symbol", "log"}
    names = sorted(own | set(used))
    yield f"import json\nimport sys\n\nfrom sympy import {', '.join(names)}"
    lines = [f"    {text} = Symbol({text!a})" for text in form.symbols]
    gradients = [f"        {name!a}: {text}," for name, text in written.items() if name]
    symbols = ", ".join(f"{text!a}: {text}" for text in form.symbols)
    yield "\n".join(
        [
            "def formulas():  # the symbols, the loss, and its gradients",
            *lines,
            f"    return {{{symbols}}}, {written['']}, {{",
            *gradients,
            "    }",
        ]
    )
    values = ", ".join(
        f"{text!a}: {seventeen(_value(prepared, meaning), _NAN, _INFINITY)}"
        for text, meaning in form.symbols.items()
    )
    yield (
        f"# The values in force.\nVALUES = {{{values}}}\n"
        "# Whether a factor of 0 gives 0, whatever it meets; if not, 0*log(0) is NaN.\n"
        f"MASKED = {_masked(numbers)}"
    )
    stored = [f"    {name!a}: {_numbers(each)}," for name, each in numbers.gradients.items()]
    judged = _judged(prepared, numbers)
    unjudged = sorted({"", *numbers.gradients} - judged)
    scales = ", ".join(f"{name!a}: {scale:.3g}" for name, scale in numbers.scales.items())
    yield "\n".join(
        [
            "# What Backstep's own engine gives, and what differences are relative to.",
            f"STORED_LOSS = {_numbers(np.asarray(numbers.loss))}",
            "STORED = {",
            *stored,
            "}",
            f"SCALES = {{{scales}}}",
            "# Where SymPy takes another convention than the engine, or has no number: not judged.",
            f"UNJUDGED = {unjudged!a}",
        ]
    )
    loss = f"{prepared.definition.loss_name} = "
    yield _FRAME.replace("@loss@", ascii(loss))


_NAN, _INFINITY = "float('nan')", "float('inf')"


def _numbers(value: Array) -> str:
    def listed(each: Any) -> str:
        if isinstance(each, list):
            return f"[{', '.join(map(listed, each))}]"
        return seventeen(float(each), _NAN, _INFINITY)

    return listed(value.tolist())


def _value(prepared: BoundModel, meaning: str) -> float:
    """The value in force of a symbol: a name's, or an element's."""
    if meaning in prepared.leaves:
        return float(prepared.leaves[meaning])
    name, _, places = meaning.rpartition("[")
    at = tuple(int(place) for place in places.removesuffix("]").split(","))
    return float(prepared.leaves[name][at])


def _judged(prepared: BoundModel, numbers: Stored) -> set[str]:
    """The names whose SymPy formulas agree with the engine here; the loss is the empty name."""
    formulas = closed(prepared, list(numbers.wrt))
    leaves, definition = prepared.leaves, prepared.definition
    found = evaluate(formulas, leaves, definition, masked=_masked(numbers), loss=True)
    expected = {"": np.asarray(numbers.loss), **numbers.gradients}
    scales = {"": numbers.loss_scale, **numbers.scales}
    return {
        name
        for name, here in found.items()
        if not here.beyond.any()
        and _same(here.values.reshape(expected[name].shape), expected[name], 1e-10 * scales[name])
    }


def _same(found: Array, expected: Array, away: float) -> bool:
    return bool(np.isclose(found, expected, rtol=0, atol=away, equal_nan=True).all())


def _masked(numbers: Stored) -> bool:
    """Whether a factor of 0 gives 0: so it does in the engine where an operation has that for its
    convention, and elsewhere what it meets has made a NaN of the loss."""
    return not isnan(numbers.loss)


_FRAME = """\
def put(formula, known):  # numbers for symbols, from the inside out
    if isinstance(formula, Piecewise):  # what is not chosen need not be defined
        return next(put(value, known) for value, chosen in formula.args if put(chosen, known))
    if formula not in known:
        parts = [put(part, known) for part in formula.args]
        for part in parts if formula.is_Function else parts[1:] if formula.is_Pow else []:
            if part.is_Float and abs(part) > Float("1e30000"):
                raise OverflowError("too many digits")
        known[formula] = edge(formula, parts)
    return known[formula]

def edge(formula, parts):  # the formula of these parts, in numbers; what is not real is NaN
    if MASKED and formula.is_Mul and any(part.is_zero for part in parts):
        return S.Zero
    made = formula.func(*parts) if parts else formula
    if isinstance(made, AccumBounds):
        return S.NaN
    if MASKED and made is S.ComplexInfinity:
        return S.NegativeInfinity if isinstance(formula, log) else S.Infinity
    if getattr(made, "is_number", False) and not made.is_Number:
        made = made.evalf(30)
        return S.NaN if made.is_extended_real is False else made
    return made

def worked_out(formula, known):  # a formula, or nested lists of them, in numbers
    if isinstance(formula, list):
        return [worked_out(each, known) for each in formula]
    try:
        found = put(Integer(formula) if isinstance(formula, int) else formula, known).evalf(25)
        return float(found) if found.is_extended_real else float("nan")
    except (ArithmeticError, TypeError, ValueError):
        return float("nan")

def flat(value):
    return [each for part in value for each in flat(part)] if isinstance(value, list) else [value]

def difference(found, expected, scale):  # the largest, relative to the scale
    pairs = zip(flat(found), flat(expected), strict=True)
    away = [abs(a - b)/scale for a, b in pairs if not (a == b or (a != a and b != b))]
    return max((each if each == each else float("inf") for each in away), default=0.0)

def encoded(value):  # numbers for JSON, where what is not finite is a word
    if isinstance(value, list):
        return [encoded(each) for each in value]
    return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(str(value), value)

def main(arguments):  # prints and checks the numbers; with --json it prints them alone
    symbols, loss, gradients = formulas()
    values = {symbol: Float(VALUES[name], 30) for name, symbol in symbols.items()}
    found = worked_out(loss, values)
    numbers = {name: worked_out(each, values) for name, each in gradients.items()}
    if arguments == ["--json"]:
        listed = {name: encoded(each) for name, each in numbers.items()}
        print(json.dumps({"loss": encoded(found), "gradients": listed}))
        return 0
    print(@loss@, loss, sep="")
    worst = 0.0 if "" in UNJUDGED else difference(found, STORED_LOSS, max(abs(STORED_LOSS), 1e-290))
    for name, gradient in numbers.items():
        away = difference(gradient, STORED[name], max(SCALES[name], 1e-290))
        norm = sum(each*each for each in flat(gradient))**0.5
        print(f"gradient by {name}: norm {norm:.6g}, difference {away:.2g}")
        worst = worst if name in UNJUDGED else max(worst, away)
    print(f"loss: {found!r}, largest difference to the stored numbers: {worst:.2g}")
    return int(not worst <= 1e-9)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))"""
