"""A Python file of a program: forward and backward as functions of lines, and its own check.

The same for NumPy, PyTorch and JAX, which differ in their words and in how an array is created.
"""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from backstep.binding.bind import BoundModel
from backstep.export.comments import hashed
from backstep.export.expected_values import Stored
from backstep.export.expression_writer import Dialect, Scribe
from backstep.export.finite import Finite
from backstep.export.header import head
from backstep.export.line_comments import Remarks
from backstep.export.names import NameRules, Names, names
from backstep.export.numbers import listed, seventeen, shortest
from backstep.export.program import Line, Program, carried, operation
from backstep.graph.node import Node
from backstep.graph.shape import Shape
from backstep.ops.row import Array

_OWN = (
    "STORED STORED_LOSS SCALES forward backward loss loss_and_gradients main numbers flat "
    "difference encoded"
)


@dataclass(frozen=True, slots=True)
class PythonTarget:
    """A library: its dialect, its imports, and the constructors of its arrays and numbers.

    `decorated` are the decorators of the functions that compute; `converts` is the function that
    converts arguments.
    """

    imports: tuple[str, ...]
    dialect: Dialect
    array: Callable[[str, Shape], str]
    converts: str
    decorated: tuple[str, ...] = ()
    helper_named: Callable[[Scribe, str], str] = lambda scribe, name: name

    @property
    def rules(self) -> NameRules:
        """The rules for its names."""
        taken = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), *_OWN.split()}
        taken |= {"json", "math", "sys", "np", "jax", "jnp", "torch"}
        taken |= {name for name in self.dialect.helpers if name.isidentifier()}
        return NameRules(frozenset(taken), letters=True)


def write(prepared: BoundModel, program: Program, numbers: Stored, target: PythonTarget) -> str:
    """The file's text."""
    finite = Finite(program, careful=not numbers.finite)
    called = names(program, target.rules)
    scribe = Scribe(program, target.dialect, called, finite)
    remarks = Remarks(program, called)
    written = [
        f"    {called.of_lines[place]} = {scribe.line(line)}  # {remarks.of(place, line)}"
        for place, line in enumerate(program.lines)
    ]
    forward, backward = written[: len(program.forward)], written[len(program.forward) :]
    arguments = _arguments(prepared, called)
    results = _results(program, called)
    reads = _reads(program, called)
    gradients = [called.of_lines[place] for place in _gradient_places(program)]
    named = list(program.gradients)
    functions = [target.helper_named(scribe, name) for name in scribe.used]
    imports = sorted(
        {"import json", "import sys", *(f"import {name}" for name in imported(target, functions))}
    )
    given = ", ".join(arguments)
    defaults = ", ".join(f"{name}={name}" for name in arguments)
    loss = _loss_name(program, called)
    decorated = "".join(f"{each}\n" for each in target.decorated)
    converted = (
        f"    {given}{',' if len(arguments) == 1 else ''} = numbers({given})\n" if arguments else ""
    )
    back = (
        f"    {', '.join(gradients)}{',' if len(gradients) == 1 else ''} = "
        f"backward({', '.join(reads)})\n"
        if gradients
        else ""
    )
    pairs = ", ".join(f"{name!a}: {of}" for name, of in zip(named, gradients, strict=True))
    parts = [
        "\n".join(hashed(line) for line in head(prepared, program, called.renamed)),
        "\n".join([*imports, "", *target.imports]),
        "# Inputs and parameters, with the values in force.\n" + _values(prepared, called, target),
        *(target.dialect.helpers[name].text.rstrip() for name in functions),
        target.converts.rstrip(),
        f"def forward({given}):\n" + "\n".join(forward) + f"\n    return {', '.join(results)}"
        + ("," if len(results) == 1 else ""),
        *([_backward(reads, backward, gradients)] if gradients else []),
        f"{decorated}def loss({defaults}):\n{converted}    return forward({given})[-1]",
        f"{decorated}def loss_and_gradients({defaults}):\n{converted}"
        f"    {', '.join(results)}{',' if len(results) == 1 else ''} = forward({given})\n"
        f"{back}    return {loss}, {{{pairs}}}",
        _stored(numbers),
        _check(numbers, called, program),
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def _backward(reads: Sequence[str], lines: Sequence[str], gradients: Sequence[str]) -> str:
    one = "," if len(gradients) == 1 else ""
    return (
        f"def backward({', '.join(reads)}):\n"
        + "\n".join(lines)
        + f"\n    return {', '.join(gradients)}{one}"
    )


def _arguments(prepared: BoundModel, called: Names) -> list[str]:
    """The declared names that can be passed, in the text's order."""
    return [called.leaves[leaf.name] for leaf in prepared.definition.leaves if not leaf.structural]


def _gradient_places(program: Program) -> Iterable[int]:
    start = len(program.lines) - len(program.gradients)
    return range(start, len(program.lines))


def _read_by(program: Program, lines: Iterable[Line]) -> set[int]:
    """The ids of the named nodes that the lines read."""
    found: set[int] = set()
    for line in lines:
        nodes = program.parts(line)
        if line.node is not None and not nodes:
            found.add(line.node.id)
        found.update(each.id for node in nodes for each in _read_nodes(program, node))
    return found


def _read_nodes(program: Program, node: Node) -> list[Node]:
    """The named nodes that a node reads, including those that only its word reads."""
    reads = [each for each in map(carried, operation(node).reads) if isinstance(each, Node)]
    looked_up = [each for each in node.inputs if isinstance(each, Node)]
    if operation(node).name != node.op:
        looked_up += [each for inner in looked_up for each in inner.nodes]
        reads += looked_up
    return [each for each in reads if program.stands(each)]


def _reads(program: Program, called: Names) -> list[str]:
    """The leaves and forward values that the backward pass reads."""
    read = _read_by(program, program.backward)
    leaves = [key for key in program.leaves if key in read]
    values = [
        line.node.id for line in program.forward if line.node is not None and line.node.id in read
    ]
    return [called.by_node[key] for key in (*leaves, *values)]


def _results(program: Program, called: Names) -> list[str]:
    """The results of the forward pass: those that the backward pass reads, and last the loss."""
    read = _read_by(program, program.backward)
    loss = program.definition.loss
    values = [
        called.by_node[line.node.id]
        for line in program.forward
        if line.node is not None and line.node.id in read and line.node is not loss
    ]
    return [*values, called.by_node[loss.id]]


def _loss_name(program: Program, called: Names) -> str:
    return called.by_node[program.definition.loss.id]


def imported(target: PythonTarget, functions: Sequence[str]) -> list[str]:
    """The modules that the functions use beside the library, such as `math`."""
    return [
        each.removeprefix("import ")
        for name in functions
        for each in target.dialect.helpers[name].needs
        if each.startswith("import ")
    ]


def _values(prepared: BoundModel, called: Names, target: PythonTarget) -> str:
    lines = []
    for leaf in prepared.definition.leaves:
        value = prepared.leaves[leaf.name]
        shape = "" if not leaf.node.shape else ", " + "×".join(map(str, leaf.node.shape))
        if leaf.structural:
            note = f"  # {leaf.role}{shape}; built into shapes, so no argument"
        else:
            note = f"  # {leaf.role}{shape}"
        head = f"{called.leaves[leaf.name]} = "
        lines.append(_assigned(head, value, target, note))
    return "\n".join(lines)


def _assigned(head: str, value: Array, target: PythonTarget, note: str) -> str:
    """An assignment of a value to its name; the note follows its first line."""
    dialect = target.dialect

    def write(each: float) -> str:
        return shortest(each, dialect.nan, dialect.infinity)

    text = listed(value, write, 4) if value.size else repr(value.tolist())
    made = head + (text if value.ndim == 0 else target.array(text, value.shape))
    first, newline, rest = made.partition("\n")
    return f"{first}{note}{newline}{rest}"


def _stored(numbers: Stored) -> str:
    def write(each: float) -> str:
        return seventeen(each, "float('nan')", "float('inf')")

    lines = [
        "# What Backstep's own engine gives, and what differences are relative to.",
        f"STORED_LOSS = {write(numbers.loss)}",
        "STORED = {",
    ]
    for name, gradient in numbers.gradients.items():
        text = listed(gradient, write, 8) if gradient.size else repr(gradient.tolist())
        lines.append(f"    {name!a}: {text},")
    scales = ", ".join(f"{name!a}: {scale:.3g}" for name, scale in numbers.scales.items())
    return "\n".join([*lines, "}", f"SCALES = {{{scales}}}"])


_FLAT = """\
def flat(value):  # the numbers of an array, or of nested lists, in order
    value = value if isinstance(value, list | float) else value.tolist()
    return [each for x in value for each in flat(x)] if isinstance(value, list) else [float(value)]

def difference(found, expected, scale):  # the largest, relative to the scale
    pairs = zip(flat(found), flat(expected), strict=True)
    away = [abs(a - b)/scale for a, b in pairs if not (a == b or (a != a and b != b))]
    return max((each if each == each else float("inf") for each in away), default=0.0)

def encoded(value):  # numbers for JSON, where what is not finite is a word
    value = value if isinstance(value, list | float) else value.tolist()
    if isinstance(value, list):
        return [encoded(each) for each in value]
    return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(str(value), value)
"""


def _check(numbers: Stored, called: Names, program: Program) -> str:
    name = program.definition.loss_name
    slope = ""
    judged = ""
    if numbers.slope is not None:
        each = numbers.slope
        argument = called.leaves[each.name]
        slope = (
            f"    up, down = loss({argument}={argument} + {each.step!r}), "
            f"loss({argument}={argument} - {each.step!r})\n"
            f"    slope = (float(up) - float(down))/{2 * each.step!r}\n"
            f"    expected = sum(flat(gradients[{each.name!a}]))\n"
            f'    print("central difference, all of", {each.name!a}, "growing alike:", slope, '
            f'"backward pass:", expected)\n'
        )
        if each.judged:
            judged = f"    failed |= not abs(slope - expected) <= {10 * 1e-7 * each.scale:.3g}\n"
        else:
            judged = "    # Not judged: a kink is near, or the loss's rounding hides the slope.\n"
    return f"""\
{_FLAT}
def main(arguments):  # prints and checks the numbers; with --json it prints them alone
    found, gradients = loss_and_gradients()
    if arguments == ["--json"]:
        listed = {{name: encoded(each) for name, each in gradients.items()}}
        print(json.dumps({{"loss": encoded(found), "gradients": listed}}))
        return 0
    print({f"{name} = "!a}, float(found), sep="")
    worst = difference(found, STORED_LOSS, max(abs(STORED_LOSS), 1e-290))
    for name, gradient in gradients.items():
        away = difference(gradient, STORED[name], max(SCALES[name], 1e-290))
        norm, worst = sum(each*each for each in flat(gradient))**0.5, max(worst, away)
        print(f"gradient by {{name}}: norm {{norm:.6g}}, difference {{away:.2g}}")
    print(f"largest difference to the stored numbers: {{worst:.2g}}")
    failed = not worst <= 1e-9
{slope}{judged}    return int(failed)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))"""
