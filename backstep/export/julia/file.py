"""A Julia file of a program, with Base alone, and its own check."""

from __future__ import annotations

import json

import numpy as np

from backstep.autodiff.program import program
from backstep.binding.bind import BoundModel
from backstep.export.comments import hashed
from backstep.export.finite import Finite
from backstep.export.head import head
from backstep.export.julia.words import WORDS, aligned, figure, full, literal
from backstep.export.names import NameRules, Names, names
from backstep.export.numpy_target import float_text
from backstep.export.remarks import Remarks
from backstep.export.scribe import Dialect, Scribe, helpers_in
from backstep.export.stored import Stored
from backstep.export.words import repeated, using
from backstep.ops.row import Array

_TEXT = """
times(partial, local_) = partial == 0 ? 0.0 : partial * local_  # 0 gives 0, whatever it meets

times_both(one, other) = one == 0 || other == 0 ? 0.0 : one * other

over(partial, value) = partial == 0 ? 0.0 : partial / value  # 0 gives 0, whatever it meets

real_log(x) = x < 0 ? NaN : log(x)

real_sqrt(x) = x < 0 ? NaN : sqrt(x) + 0.0

real_sin(x) = isinf(x) ? NaN : sin(x)

real_cos(x) = isinf(x) ? NaN : cos(x)

real_tan(x) = isinf(x) ? NaN : tan(x)

real_asin(x) = abs(x) > 1 ? NaN : asin(x)

real_acos(x) = abs(x) > 1 ? NaN : acos(x)

real_log1p(x) = x < -1 ? NaN : log1p(x)

real_log2(x) = x < 0 ? NaN : log2(x)

real_log10(x) = x < 0 ? NaN : log10(x)

function real_power(a, b)
    if a < 0 && isfinite(a) && isfinite(b) && b != trunc(b)
        return NaN
    end
    return Float64(a)^Float64(b)
end

log_slope(x) = x < 0 ? NaN : 1 / abs(x)

step_of(x) = isnan(x) ? x : Float64(x > 0)

relu(x) = x > 0 || isnan(x) ? x : 0.0

leaky_relu(x, slope) = x > 0 ? x : slope * x

elu(x) = x >= 0 ? x : expm1(x)

selu(x) = 1.0507009873554805 * (x >= 0 ? x : 1.6732632423543772 * expm1(x))

function sigmoid(x)
    e = exp(-abs(x))
    return (x >= 0 ? 1.0 : e) / (1 + e)
end

rest_of_sigmoid(x) = sigmoid(-x)  # 1 - sigmoid(x), with its digits

function slope_of_tanh(x)  # 1 - tanh(x)^2, with its digits
    e = exp(-2 * abs(x))
    return 4 * e / (1 + e)^2
end

one_less_square(x) = (1 - x) * (1 + x)  # with its digits where x is nearly 1 or -1

function erf(x)  # a series near 0
    if isnan(x)
        return x
    elseif x < 0
        return -erf(-x)
    elseif x >= 2
        return 1 - erfc(x)
    end
    term = x
    total = x
    n = 0
    while term > 1e-18 * total
        n += 1
        term *= 2 * x * x / (2 * n + 1)
        total += term
    end
    return 1.1283791670955126 * exp(-x * x) * total
end

function erfc(x)  # a continued fraction far out
    if isnan(x)
        return x
    elseif x < 0
        return 2 - erfc(-x)
    elseif x < 2
        return 1 - erf(x)
    elseif x > 28
        return 0.0
    end
    fraction = 0.0
    for n in 160:-1:1
        fraction = n / 2 / (x + fraction)
    end
    return exp(-x * x) * 0.5641895835477563 / (x + fraction)
end

normal_cdf(x) = erfc(-x * 0.7071067811865476) / 2

gelu(x) = x == -Inf ? -0.0 : x * normal_cdf(x)

function silu(x)
    half = exp(0.5 * min(x, 0.0))
    return x == -Inf ? -0.0 : x < -40 ? x * half * half : x * sigmoid(x)
end

softplus(x) = (x > 0 || isnan(x) ? x : 0.0) + log1p(exp(-abs(x)))

logaddexp(a, b) = a == b ? a + 0.6931471805599453 : max(a, b) + log1p(exp(-abs(a - b)))

softsign(x) = isinf(x) ? sign(x) : x / (1 + abs(x))

huber(r, delta) = abs(r) <= delta ? r * r / 2 : delta * (abs(r) - delta / 2)

hardsigmoid(x) = clip(x + 3.0, 0.0, 6.0) / 6

clip(x, low, high) = x < low ? Float64(low) : x > high ? Float64(high) : x

hardtanh(x) = clip(x, -1.0, 1.0)

times_log(y, p) = y == 0 && p == 0 ? 0.0 : y * real_log(p)  # 0 log 0 counts as 0

function bell(x)  # exp(-x^2/2), the square exact in two parts
    near = abs(x) > 100 ? 100.0 : x
    spread = near * 134217729.0
    high = spread - (spread - near)
    return exp(-0.5 * high * high) * exp(-0.5 * (near - high) * (near + high))
end

function gauss(x)  # exp(-x^2), the square exact in two parts
    near = abs(x) > 100 ? 100.0 : x
    spread = near * 134217729.0
    high = spread - (spread - near)
    return exp(-high * high) * exp(-(near - high) * (near + high))
end

function variance(x, axis)
    mean = sum(x; dims=axis) ./ size(x, axis)
    return sum(abs2.(x .- mean); dims=axis) ./ size(x, axis)
end

function length_of(x, axis)  # scaled by a power of two, so that no square overflows
    most = maximum(abs.(x); dims=axis)
    usable = isfinite.(most) .& (most .> 0)
    power = exponent.(ifelse.(usable, most, 1.0))
    root = ldexp.(sqrt.(sum(abs2.(ldexp.(x, .-power)); dims=axis)), power)
    return ifelse.(usable, root, most)
end

function first_largest(x, axis)  # marks one element a row: the first of the largest
    reached = x .== maximum(x; dims=axis)
    return reached .& (cumsum(reached; dims=axis) .== 1)
end

function logsumexp(x, axis)  # the largest term left out of log1p
    most = maximum(x; dims=axis)
    weights = exp.(x .- ifelse.(isfinite.(most), most, 0.0))
    rest = sum(ifelse.(first_largest(x, axis), 0.0, weights); dims=axis)
    return ifelse.(isfinite.(most), most .+ log1p.(rest), most)
end

function softmax(x, axis)
    weights = exp.(x .- maximum(x; dims=axis))
    return weights ./ sum(weights; dims=axis)
end

function log_softmax(x, axis)  # the largest term left out of log1p
    shifted = x .- maximum(x; dims=axis)
    rest = sum(ifelse.(first_largest(x, axis), 0.0, exp.(shifted)); dims=axis)
    spoiled = ifelse.(any(isnan.(shifted); dims=axis), NaN, 0.0)
    return shifted .- log1p.(rest) .+ spoiled
end

function others(x, axis)  # of each element the sum of the others
    left_out = first_largest(abs.(x), axis)
    rest = sum(ifelse.(left_out, 0.0, x); dims=axis)
    return ifelse.(left_out, rest, sum(x; dims=axis) .- x)
end

function less_its_share(g, p, axis)  # g - p*sum(g), its digits kept where p is nearly 1
    if all(isfinite, g) && all(isfinite, p)
        most = first_largest(p, axis)
        rest = ifelse.(most, sum(ifelse.(most, 0.0, p); dims=axis), 1 .- p)
        return g .* rest .- p .* others(g, axis)
    end
    whole = sum(g; dims=axis)
    return g .- ifelse.(whole .== 0, 0.0, p .* whole)
end

function less_its_mean(g, p, axis)  # g - sum(p*g), its digits kept where p is nearly 1
    if all(isfinite, g) && all(isfinite, p)
        left = g .- sum(ifelse.(first_largest(p, axis), g, 0.0); dims=axis)
        return left .- sum(p .* left; dims=axis)
    end
    return g .- sum(ifelse.(g .== 0, 0.0, g .* p); dims=axis)
end

function reshaped(x, sizes)  # the elements row by row in another shape
    flat = vec(permutedims(x, Tuple(ndims(x):-1:1)))
    n = length(sizes)
    return permutedims(reshape(flat, reverse(sizes)), Tuple(n:-1:1))
end

function scatter(x, sizes, key...)  # zeros with x put at an index
    y = zeros(sizes)
    if all(k -> k isa Int, key)
        y[key...] = x
    else
        y[key...] .= x
    end
    return y
end

function pick(x, k)  # of each row the element of class k
    if k isa Number
        return x[Int(k) + 1]
    end
    rows = reshape(x, length(k), :)
    return reshape([rows[i, Int(k[i]) + 1] for i in 1:length(k)], size(k))
end

function place(x, k, classes)  # rows of zeros with x put at class k
    y = zeros(length(k), classes)
    for i in 1:length(k)
        y[i, Int(k[i]) + 1] = x isa Number ? x : x[i]
    end
    return reshape(y, size(k)..., classes)
end

function products_without(x, order)  # [.., i, j, ..]: the product without those
    n = size(x, ndims(x))
    rows = reshape(x, :, n)
    wide = ntuple(k -> n, order)
    y = zeros(size(rows, 1), wide...)
    for i in 1:size(rows, 1), at in CartesianIndices(wide)
        left_out = Tuple(at)
        if allunique(left_out)
            y[i, at] = prod([k in left_out ? 1.0 : rows[i, k] for k in 1:n])
        end
    end
    return reshape(y, size(x)[1:ndims(x) - 1]..., wide...)
end

function products(a, b, masks_a, masks_b)  # of matrices, batch by batch
    left = ndims(a) == 1 ? reshape(a, 1, :) : a
    right = ndims(b) == 1 ? reshape(b, :, 1) : b
    rank = max(ndims(left), ndims(right))
    rows, inner = size(left)[ndims(left) - 1:ndims(left)]
    columns = size(right, ndims(right))
    sa = (ntuple(k -> 1, rank - ndims(left))..., size(left)...)
    sb = (ntuple(k -> 1, rank - ndims(right))..., size(right)...)
    left = reshape(left, sa)
    right = reshape(right, sb)
    lead = ntuple(k -> max(sa[k], sb[k]), rank - 2)
    y = zeros(lead..., rows, columns)
    for at in CartesianIndices(lead)
        pa = CartesianIndex(ntuple(k -> min(at[k], sa[k]), rank - 2))
        pb = CartesianIndex(ntuple(k -> min(at[k], sb[k]), rank - 2))
        for i in 1:rows, j in 1:columns
            total = 0.0
            for k in 1:inner
                l = left[pa, i, k]
                r = right[pb, k, j]
                total += (masks_a && l == 0) || (masks_b && r == 0) ? 0.0 : l * r
            end
            y[at, i, j] = total
        end
    end
    kept = (lead..., (ndims(a) == 1 ? () : (rows,))..., (ndims(b) == 1 ? () : (columns,))...)
    return kept == () ? y[1] : reshape(y, kept)
end

function offsets(row, window)  # the place of a row's element in its window
    at = zeros(Int, length(window))
    for k in length(window):-1:1
        at[k] = row % window[k]
        row = div(row, window[k])
    end
    return Tuple(at)
end

function patches(x, window, stride, padding)  # the windows of a signal or image
    n = length(window)
    lead = size(x)[1:ndims(x) - n]
    lengths = size(x)[ndims(x) - n + 1:ndims(x)]
    counts = div.(lengths .+ 2 * padding .- window, stride) .+ 1
    y = zeros(lead..., counts..., prod(window))
    for l in CartesianIndices(lead), c in CartesianIndices(counts), row in 0:prod(window) - 1
        at = (Tuple(c) .- 1) .* stride .+ offsets(row, window) .- padding .+ 1
        if all(at .>= 1) && all(at .<= lengths)
            y[l, c, row + 1] = x[l, CartesianIndex(at)]
        end
    end
    return y
end

function unpatches(g, sizes, window, stride, padding)  # windows added up where they came from
    n = length(window)
    rank = length(sizes)
    lead = sizes[1:rank - n]
    lengths = sizes[rank - n + 1:rank]
    counts = div.(lengths .+ 2 * padding .- window, stride) .+ 1
    y = zeros(sizes)
    for l in CartesianIndices(lead), c in CartesianIndices(counts), row in 0:prod(window) - 1
        at = (Tuple(c) .- 1) .* stride .+ offsets(row, window) .- padding .+ 1
        if all(at .>= 1) && all(at .<= lengths)
            y[l, CartesianIndex(at)] += g[l, c, row + 1]
        end
    end
    return y
end
"""


HELPERS = helpers_in(_TEXT)
_KEYWORDS = (
    "baremodule begin break catch const continue do else elseif end export false finally for "
    "function global if import let local macro module quote return struct true try using while "
    "abstract mutable primitive type where in isa outer"
)
BASE = (
    "abs abs2 all allunique any cat ceil collect cos cumsum div dropdims exit exp expm1 exponent "
    "fill floor ifelse im isfinite isinf isnan isodd join ldexp length log log1p max maximum min "
    "minimum ndims ntuple ones permutedims pi print println prod reshape reverse round sign "
    "sin size sort sqrt string sum tanh transpose trunc vec zeros Float64 Int Inf NaN Tuple String "
    "Base Main Core ARGS PROGRAM_FILE CartesianIndex CartesianIndices Number abspath hcat vcat"
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
