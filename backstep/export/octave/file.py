"""An Octave or MATLAB file of a program: a script with its functions, and its own check."""

from __future__ import annotations

import json
from collections.abc import Mapping

import numpy as np

from backstep.binding.bind import BoundModel
from backstep.export.comments import hashed
from backstep.export.defined_functions import helpers_in, text_of
from backstep.export.expected_values import Stored
from backstep.export.expression_writer import Dialect, Scribe
from backstep.export.finite import Finite
from backstep.export.header import head
from backstep.export.line_comments import Remarks
from backstep.export.names import NameRules, Names, names
from backstep.export.octave.words import WORDS, aligned, full, literal
from backstep.export.program import program
from backstep.export.words import repeated, using
from backstep.ops.row import Array

HELPERS = helpers_in(text_of("octave.m"))
"""The functions that a file defines if its lines call them, by name."""

_KEYWORDS = (
    "break case catch classdef continue do else elseif end end_try_catch end_unwind_protect "
    "endclassdef endenumeration endevents endfor endfunction endif endmethods endparfor "
    "endproperties endswitch endwhile enumeration events for function global if methods otherwise "
    "parfor persistent properties return spmd switch try until unwind_protect "
    "unwind_protect_cleanup while arguments import"
)
_BUILT_IN = (
    "abs all ans any argv arrayfun cat ceil cos cumprod cumsum disp double e Inf NaN NA eps "
    "erfc exit exist exp expm1 eye false fix fliplr floor fprintf i I j J isempty isfinite "
    "isnan isscalar length log log1p log2 logical max mean min mod nargin nargout norm numel "
    "ones permute pi prod printf rand realmax realmin repmat reshape round setdiff sign sin "
    "size sprintf sqrt strcmp struct sub2ind sum tanh true unique varargin varargout zeros "
    "inf nan num2str isfield isnumeric iscell squeeze ndims columns rows "
    "acos asin atan atan2 cosh det diag erf log10 lu sinh sort tan "
)
_OWN = (
    "loss loss_and_gradients values_in_force stored gradients found away worst failed text_of "
    "print_list difference up down slope total net args k n v names"
)
_DIALECT = Dialect(
    words=WORDS,
    helpers=HELPERS,
    infinity="Inf",
    nan="NaN",
    aligned=aligned,
    full=full,
    wrapped=lambda text: text,
    plain_times=" .* ",
)


def octave_file(prepared: BoundModel, numbers: Stored) -> str:
    """The file's text."""
    made = program(prepared.definition, numbers.wrt, repeated=repeated)
    reserved = {*_KEYWORDS.split(), *_BUILT_IN.split(), *_OWN.split(), *HELPERS}
    called = names(made, NameRules(frozenset(reserved), longest=55))
    scribe = Scribe(made, _DIALECT, called, Finite(made, careful=not numbers.finite))
    remarks = Remarks(made, called)
    lines = [
        f"  {called.of_lines[place]} = {scribe.line(line)};  % {remarks.of(place, line)}"
        for place, line in enumerate(made.lines)
    ]
    lines.insert(len(made.forward), "  % backward")
    given = [called.leaves[leaf.name] for leaf in prepared.definition.leaves if not leaf.structural]
    fixed_names = [
        called.leaves[leaf.name] for leaf in prepared.definition.leaves if leaf.structural
    ]
    values = [
        f"  v.{called.leaves[leaf.name]} = {_literal(scribe, prepared.leaves[leaf.name])};"
        f"  % {leaf.role}"
        for leaf in prepared.definition.leaves
    ]
    start = len(made.lines) - len(made.gradients)
    partials = {
        name: called.of_lines[place] for place, name in enumerate(made.gradients, start=start)
    }
    # Others are named for their partials: the file may have no value of its own for them.
    fields = {
        name: called.leaves.get(name) or partial.removeprefix("d")
        for name, partial in partials.items()
    }
    stored = _stored(scribe, fields, numbers)
    returned = [f"  gradients.{fields[name]} = {partial};" for name, partial in partials.items()]
    loss = called.by_node[made.definition.loss.id]
    head_lines = "\n".join(hashed(line, "%") for line in head(prepared, made, called.renamed))
    defaults = [
        f"  if nargin < {place}, {name} = v.{name}; end"
        for place, name in enumerate(given, start=1)
    ]
    constants = [f"  {name} = v.{name};" for name in fixed_names]
    function = "\n".join(
        [
            f"function [loss, gradients] = loss_and_gradients({', '.join(given)})",
            "  v = values_in_force();",
            *defaults,
            *constants,
            "  % forward",
            *lines,
            f"  loss = {loss};",
            "  gradients = struct();",
            *returned,
            "end",
        ]
    )
    parts = [
        head_lines,
        "1;  % a script: its functions first",
        *(HELPERS[name].text.rstrip() for name in scribe.used),
        "% Inputs and parameters, with the values in force.\n"
        + "\n".join(["function v = values_in_force()", "  v = struct();", *values, "end"]),
        function,
        "% What Backstep's own engine gives, to 17 digits.\n" + stored,
        _FUNCTIONS.rstrip("\n"),
        _check(prepared, called, fields, numbers, given),
    ]
    return "\n\n".join(parts) + "\n"


def _literal(scribe: Scribe, value: Array, exact: bool = False) -> str:
    if 0 in value.shape:
        return f"zeros({', '.join(map(str, (*value.shape, *(1,) * (2 - value.ndim))))})"
    return using(scribe, literal(value.tolist(), 17 if exact else 0))


def _stored(scribe: Scribe, fields: Mapping[str, str], numbers: Stored) -> str:
    loss = _literal(scribe, np.asarray(numbers.loss), exact=True)
    lines = [
        f"  gradients.{fields[name]} = {_literal(scribe, each, exact=True)};"
        for name, each in numbers.gradients.items()
    ]
    return "\n".join(
        [
            "function [loss, gradients] = stored()",
            f"  loss = {loss};",
            "  gradients = struct();",
            *lines,
            "end",
        ]
    )


_FUNCTIONS = """\
function text = text_of(x)  % a number for JSON
  if isnan(x), text = '"NaN"'; elseif x == Inf, text = '"Infinity"';
  elseif x == -Inf, text = '"-Infinity"'; else, text = sprintf('%.17g', x); end
end

function text = print_list(x, sizes)  % nested lists, row by row
  if isempty(sizes)
    text = text_of(x);
  else
    n = sizes(1);
    rows = reshape(x, n, []);
    text = '[';
    for k = 1:n
      if k > 1, text = [text, ', ']; end
      if numel(sizes) == 1
        text = [text, text_of(rows(k))];
      else
        rest = sizes(2:end);
        text = [text, print_list(reshape(rows(k, :), [rest, 1]), rest)];
      end
    end
    text = [text, ']'];
  end
end

function worst = difference(a, b, scale)  % the largest, relative to the scale
  a = a(:); b = b(:);
  away = abs(a - b)/scale;
  away(a == b | (isnan(a) & isnan(b))) = 0;
  away(isnan(away)) = Inf;
  worst = max([away; 0]);
end
"""


def _quoted(text: str) -> str:
    """A JSON string as a text in Octave's single quotes: ASCII alone."""
    return "'" + json.dumps(text).replace("'", "''") + "'"


def _check(
    prepared: BoundModel,
    called: Names,
    fields: Mapping[str, str],
    numbers: Stored,
    given: list[str],
) -> str:
    printed, compared = [], []
    for place, (name, each) in enumerate(numbers.gradients.items()):
        field = f"gradients.{fields[name]}"
        comma = ", " if place else ""
        sizes = f"[{', '.join(map(str, each.shape))}]"
        printed.append(
            f"  fprintf('%s%s: %s', '{comma}', {_quoted(name)}, print_list({field}, {sizes}));"
        )
        scale = f"{numbers.scales[name]:.3g}"
        stored = f"expected.{fields[name]}"
        compared += [
            f"  away = difference({field}, {stored}, {scale}); worst = max(worst, away);",
            f"  fprintf('gradient by %s: norm %.6g, difference %.2g\\n', {_quoted(name)}, "
            f"sqrt(sum({field}(:).^2)), away);",
        ]
    return "\n".join(
        [
            "args = {};",
            "if exist('OCTAVE_VERSION', 'builtin'), args = argv(); end",
            "[found, gradients] = loss_and_gradients();",
            "if ~isempty(args) && strcmp(args{end}, '--json')",
            '  fprintf(\'{"loss": %s, "gradients": {\', text_of(found));',
            *printed,
            "  fprintf('}}\\n');",
            "else",
            "  [stored_loss, expected] = stored();",
            f"  fprintf('%s: %.17g\\n', {_quoted(prepared.definition.loss_name)}, found);",
            f"  worst = difference(found, stored_loss, {numbers.loss_scale:.3g});",
            *compared,
            "  fprintf('largest difference to the stored numbers: %.2g\\n', worst);",
            "  failed = ~(worst <= 1e-9);",
            *_slope(called, numbers, given),
            "  if failed, exit(1); end",
            "end",
        ]
    )


def _slope(called: Names, numbers: Stored, given: list[str]) -> list[str]:
    if numbers.slope is None:
        return []
    each = numbers.slope
    name = called.leaves[each.name]
    arguments = ["[]"] * len(given)
    lines = [
        "  % One central difference: all elements of one parameter grow alike.",
        "  v = values_in_force();",
    ]
    moved = []
    for sign in "+-":
        arguments = [f"v.{other}" for other in given]
        arguments[given.index(name)] = f"v.{name} {sign} {each.step!r}"
        moved.append(f"loss_and_gradients({', '.join(arguments)})")
    lines += [
        f"  up = {moved[0]};",
        f"  down = {moved[1]};",
        f"  slope = (up - down)/{2 * each.step!r};",
        f"  total = sum(gradients.{name}(:));",
        "  fprintf('central difference, all of %s growing alike: %.17g, backward pass: %.17g\\n', "
        f"{_quoted(each.name)}, slope, total);",
    ]
    if each.judged:
        lines.append(f"  failed = failed || ~(abs(slope - total) <= {1e-6 * each.scale:.3g});")
    else:
        lines.append("  % Not judged: a kink is near, or the loss's rounding hides the slope.")
    return lines
