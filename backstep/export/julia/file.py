"""A Julia file of a program, with Base alone, and its own check."""

from __future__ import annotations

import json

import numpy as np

from backstep.binding.bind import BoundModel
from backstep.export.comments import hashed
from backstep.export.defined_functions import helpers_in, text_of
from backstep.export.expected_values import Stored
from backstep.export.expression_writer import Dialect, Scribe
from backstep.export.finite import Finite
from backstep.export.header import head
from backstep.export.julia.words import WORDS, aligned, figure, full, literal
from backstep.export.line_comments import Remarks
from backstep.export.names import NameRules, Names, names
from backstep.export.numpy_target import float_text
from backstep.export.program import program
from backstep.export.words import repeated, using
from backstep.ops.row import Array

HELPERS = helpers_in(text_of("julia.jl"))
"""The functions that a file defines if its lines call them, by name."""

_KEYWORDS = (
    "baremodule begin break catch const continue do else elseif end export false finally for "
    "function global if import let local macro module quote return struct true try using while "
    "abstract mutable primitive type where in isa outer"
)
BASE = (
    "abs abs2 acos all allunique any argmax asin atan cat ceil collect cos cosh cumsum div "
    "dropdims exit exp expm1 exponent fill floor ifelse im isfinite isinf isnan isodd join ldexp "
    "length log log10 log1p log2 map max maximum min minimum ndims ntuple ones permutedims pi "
    "print println prod reshape reverse round selectdim sign sin sinh size sort sqrt string sum "
    "tan tanh transpose trunc vec zeros Float64 Int Inf NaN Tuple String Base Main Matrix Core "
    "ARGS PROGRAM_FILE CartesianIndex CartesianIndices Number abspath hcat vcat"
)
"""Names of Base that files call, or that others often call."""
_OWN = (
    "loss loss_and_gradients GIVEN STORED STORED_LOSS SCALES gradients found main text_of "
    "difference away worst failed up down slope total arguments"
)
_DIALECT = Dialect(
    words=WORDS,
    helpers=HELPERS,
    infinity="Inf",
    nan="NaN",
    aligned=aligned,
    full=full,
    wrapped=float_text,
    plain=float_text,
    plain_times=" .* ",
    dot=".",
)


def julia_file(prepared: BoundModel, numbers: Stored) -> str:
    """The file's text."""
    made = program(prepared.definition, numbers.wrt, repeated=repeated)
    reserved = {*_KEYWORDS.split(), *BASE.split(), *_OWN.split(), *HELPERS}
    called = names(made, NameRules(frozenset(reserved)))
    scribe = Scribe(made, _DIALECT, called, Finite(made, careful=not numbers.finite))
    remarks = Remarks(made, called)
    lines = [
        f"    {called.of_lines[place]} = {scribe.line(line)}  # {remarks.of(place, line)}"
        for place, line in enumerate(made.lines)
    ]
    lines.insert(len(made.forward), "    # backward")
    leaves = prepared.definition.leaves
    given = [called.leaves[leaf.name] for leaf in leaves if not leaf.structural]
    fixed_names = [called.leaves[leaf.name] for leaf in leaves if leaf.structural]
    values = [
        f"    {called.leaves[leaf.name]} = {_literal(scribe, prepared.leaves[leaf.name])},"
        f"  # {leaf.role}"
        for leaf in leaves
    ]
    start = len(made.lines) - len(made.gradients)
    pairs = [
        f"{_text(name)} => {called.of_lines[start + place]}"
        for place, name in enumerate(made.gradients)
    ]
    function = [
        f"function loss_and_gradients({', '.join(f'{name}=GIVEN.{name}' for name in given)})",
        *(f"    {name} = GIVEN.{name}" for name in fixed_names),
        "    # forward",
        *lines,
        f"    return {called.by_node[made.definition.loss.id]}, "
        f"Dict{{String, Any}}({', '.join(pairs)})",
        "end",
    ]
    stored = [
        f"    {_text(name)} => {_literal(scribe, each, 17)},"
        for name, each in numbers.gradients.items()
    ]
    scales = ", ".join(
        f"{_text(name)} => {figure(float(f'{scale:.3g}'))}"
        for name, scale in numbers.scales.items()
    )
    parts = [
        "\n".join(hashed(line) for line in head(prepared, made, called.renamed)),
        *(HELPERS[name].text.rstrip() for name in scribe.used),
        "# Inputs and parameters, with the values in force.\n"
        + "\n".join(["const GIVEN = (;", *values, ")"]),
        "\n".join(function),
        "# What Backstep's own engine gives, to 17 digits, and what differences are relative to.\n"
        + "\n".join(
            [
                f"const STORED_LOSS = {figure(numbers.loss, 17)}",
                "const STORED = Dict{String, Any}(",
                *stored,
                ")",
                f"const SCALES = Dict{{String, Float64}}({scales})",
            ]
        ),
        _check(prepared, called, numbers, given),
    ]
    return "\n\n".join(parts) + "\n"


def _literal(scribe: Scribe, value: Array, digits: int = 0) -> str:
    if 0 in value.shape:
        return f"zeros({', '.join(map(str, value.shape))})"
    return using(scribe, literal(np.asarray(value).tolist(), digits))


def _text(text: str) -> str:
    """A string of Julia in ASCII, without interpolation or pairs of surrogates."""
    signs = {"$": "\\$", "\\": "\\\\", '"': '\\"'}
    inner = (
        signs.get(each) or (each if each.isascii() else f"\\U{ord(each):08x}") for each in text
    )
    return f'"{"".join(inner)}"'


_FUNCTIONS = """\
function text_of(x)  # numbers as JSON, nested lists row by row
    if x isa Number
        word = isnan(x) ? "NaN" : x == Inf ? "Infinity" : x == -Inf ? "-Infinity" : ""
        return word == "" ? string(Float64(x)) : "\\"" * word * "\\""
    end
    rest = ntuple(k -> Colon(), ndims(x) - 1)
    return "[" * join([text_of(x[i, rest...]) for i in 1:size(x, 1)], ", ") * "]"
end

function difference(a, b, scale)  # the largest, relative to the scale
    worst = 0.0
    for (x, y) in zip(a, b)
        away = isequal(x, y) || x == y ? 0.0 : abs(x - y) / scale
        worst = max(worst, isnan(away) ? Inf : away)
    end
    return worst
end
"""


def _check(prepared: BoundModel, called: Names, numbers: Stored, given: list[str]) -> str:
    order = ", ".join(map(_text, numbers.gradients))
    keys = ", ".join(_text(json.dumps(name)) for name in numbers.gradients)
    lines = [
        "function main(arguments)  # prints and checks; with --json it prints alone",
        "    found, gradients = loss_and_gradients()",
        f"    order = String[{order}]",
        '    if arguments == ["--json"]',
        f"        keys = String[{keys}]",
        '        told = [keys[k] * ": " * text_of(gradients[order[k]]) for k in 1:length(order)]',
        '        print("{\\"loss\\": ", text_of(found), ", \\"gradients\\": {")',
        '        println(join(told, ", "), "}}")',
        "        return 0",
        "    end",
        f'    println({_text(prepared.definition.loss_name)}, " = ", found)',
        f"    worst = difference(found, STORED_LOSS, {figure(float(f'{numbers.loss_scale:.3g}'))})",
        "    for name in order",
        "        away = difference(gradients[name], STORED[name], SCALES[name])",
        "        norm = sqrt(sum(abs2, gradients[name]))",
        '        println("gradient by ", name, ": norm ", norm, ", difference ", away)',
        "        worst = max(worst, away)",
        "    end",
        '    println("largest difference to the stored numbers: ", worst)',
        "    failed = !(worst <= 1e-9)",
        *_slope(called, numbers, given),
        "    return failed ? 1 : 0",
        "end",
        "",
        "if abspath(PROGRAM_FILE) == @__FILE__",
        "    exit(main(ARGS))",
        "end",
    ]
    return _FUNCTIONS + "\n" + "\n".join(lines)


def _slope(called: Names, numbers: Stored, given: list[str]) -> list[str]:
    if numbers.slope is None:
        return []
    each = numbers.slope
    name = called.leaves[each.name]
    calls = []
    for sign in "+-":
        arguments = [f"GIVEN.{other}" for other in given]
        arguments[given.index(name)] = f"GIVEN.{name} .{sign} {each.step!r}"
        calls.append(f"loss_and_gradients({', '.join(arguments)})[1]")
    most = figure(float(f"{1e-6 * each.scale:.3g}"))
    judged = (
        f"    failed = failed || !(abs(slope - total) <= {most})"
        if each.judged
        else "    # Not judged: a kink is near, or the loss's rounding hides the slope."
    )
    return [
        "    # One central difference: all elements of one parameter grow alike.",
        f"    up = {calls[0]}",
        f"    down = {calls[1]}",
        f"    slope = (up - down) / {2 * each.step!r}",
        f"    total = sum(gradients[{_text(each.name)}])",
        f'    println("central difference, all of ", {_text(each.name)}, '
        '" growing alike: ", slope, ", backward pass: ", total)',
        judged,
    ]
