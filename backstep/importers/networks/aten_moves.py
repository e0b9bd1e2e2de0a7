"""Operations of PyTorch that only move elements, cut, join or fill."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from backstep.graph.shape import Shape
from backstep.importers.formulas import Formulas, Unwritable, Value
from backstep.importers.networks.definition_writer import Given, Rule


def axis_of(value: Value, axis: int) -> int:
    """An axis counted from 0. Raises Unwritable."""
    rank = max(len(value.shape), 1)
    if not -rank <= axis < rank:
        raise Unwritable("an axis that the value does not have")
    return axis % rank


def first(given: Given) -> Value:
    """What an operation is applied to."""
    return given.value("self" if "self" in given.arguments else "input")


def shaped(formulas: Formulas, given: Given) -> Value:
    """The same elements in another shape."""
    value = first(given)
    sizes = list(given.get("size", given.get("shape", [])))
    if -1 in sizes:
        rest = prod(each for each in sizes if each != -1)
        sizes[sizes.index(-1)] = prod(value.shape) // max(rest, 1)
    return formulas.reshaped(value, tuple(sizes))


def flattened(formulas: Formulas, given: Given) -> Value:
    """Some axes as one."""
    value = first(given)
    if not value.shape:
        return formulas.reshaped(value, (1,))
    start = axis_of(value, given.get("start_dim", 0))
    last = axis_of(value, given.get("end_dim", -1))
    middle = prod(value.shape[start : last + 1])
    return formulas.reshaped(value, (*value.shape[:start], middle, *value.shape[last + 1 :]))


def unflattened(formulas: Formulas, given: Given) -> Value:
    """An axis as several."""
    value = first(given)
    axis = axis_of(value, given.get("dim"))
    sizes = list(given.get("sizes"))
    if -1 in sizes:
        sizes[sizes.index(-1)] = value.shape[axis] // max(prod(e for e in sizes if e != -1), 1)
    return formulas.reshaped(value, (*value.shape[:axis], *sizes, *value.shape[axis + 1 :]))


def transposed(formulas: Formulas, given: Given) -> Value:
    """Two axes exchanged."""
    value = first(given)
    order = list(range(len(value.shape)))
    if given.called == "t":
        return formulas.turned(value)
    one, other = axis_of(value, given.get("dim0")), axis_of(value, given.get("dim1"))
    order[one], order[other] = order[other], order[one]
    return formulas.ordered(value, order)


def permuted(formulas: Formulas, given: Given) -> Value:
    """The axes in another order."""
    value = first(given)
    return formulas.ordered(value, [axis_of(value, each) for each in given.get("dims")])


def squeezed(formulas: Formulas, given: Given) -> Value:
    """Without axes of size 1."""
    value = first(given)
    dims = given.get("dim")
    if dims is None:
        axes = set(range(len(value.shape)))
    else:
        axes = {axis_of(value, each) for each in ([dims] if isinstance(dims, int) else dims)}
    kept = [size for n, size in enumerate(value.shape) if n not in axes or size != 1]
    return formulas.reshaped(value, tuple(kept))


def unsqueezed(formulas: Formulas, given: Given) -> Value:
    """With one more axis of size 1."""
    value = first(given)
    axis = given.get("dim")
    axis = axis + len(value.shape) + 1 if axis < 0 else axis
    return formulas.reshaped(value, (*value.shape[:axis], 1, *value.shape[axis:]))


def selected(formulas: Formulas, given: Given) -> Value:
    """One place of an axis."""
    value = first(given)
    axis = axis_of(value, given.get("dim"))
    return formulas.index(value, [*[slice(None)] * axis, given.get("index")])


def sliced(formulas: Formulas, given: Given) -> Value:
    """A stretch of an axis."""
    value = first(given)
    axis = axis_of(value, given.get("dim", 0))
    end = given.get("end")
    end = None if end is None or end >= value.shape[axis] else end
    cut = slice(given.get("start"), end, given.get("step", 1))
    return formulas.index(value, [*[slice(None)] * axis, cut])


def parts(formulas: Formulas, given: Given) -> Sequence[Value]:
    """A value cut along an axis."""
    value = first(given)
    axis = axis_of(value, given.get("dim", 0))
    size = value.shape[axis]
    sizes = given.get("split_sizes", given.get("split_size"))
    if given.called == "chunk":
        sizes = -(-size // given.get("chunks"))
    if given.called == "unbind":
        return [formulas.index(value, [*[slice(None)] * axis, place]) for place in range(size)]
    steps = list(sizes) if isinstance(sizes, list) else [sizes] * -(-size // sizes)
    found, start = [], 0
    for step in steps:
        end = min(start + step, size)
        found.append(formulas.index(value, [*[slice(None)] * axis, slice(start, end)]))
        start = end
    return found


def item(formulas: Formulas, given: Given) -> Value | Sequence[Value]:
    """One of several results."""
    found = given.get("self")
    place = given.get("index")
    if not isinstance(found, list | tuple) or place >= len(found):
        raise Unwritable("a further result that has no word in the language")
    chosen: Value | Sequence[Value] = found[place]
    return chosen


def same(formulas: Formulas, given: Given) -> Value:
    """The value as it is."""
    return first(given)


def filled(number: int) -> Rule:
    """An array of one number."""

    def rule(formulas: Formulas, given: Given) -> Value:
        name = "ones" if number else "zeros"
        shape: Shape = tuple(given.get("size", ()))
        if "self" in given.arguments:
            shape = first(given).shape
        return formulas.call(name, *shape) if shape else formulas.number(number)

    return rule


def full(formulas: Formulas, given: Given) -> Value:
    """An array of a number that is given."""
    number = formulas.number(given.get("fill_value"))
    shape = tuple(given.get("size", ()))
    return formulas.binary("*", number, formulas.call("ones", *shape)) if shape else number


def joined(name: str) -> Rule:
    """Several values along an axis."""

    def rule(formulas: Formulas, given: Given) -> Value:
        values = given.get("tensors")
        axis = given.get("dim", 0)
        return formulas.call(name, *values, **({"axis": axis} if axis else {}))

    return rule


def expanded(formulas: Formulas, given: Given) -> Value:
    """A value repeated to a shape."""
    value, sizes = first(given), list(given.get("size"))
    padded = (1,) * (len(sizes) - len(value.shape)) + value.shape
    shape = tuple(has if each == -1 else each for each, has in zip(sizes, padded, strict=True))
    if shape == value.shape:
        return value
    return formulas.binary("+", value, formulas.call("zeros", *shape))


def embedded(formulas: Formulas, given: Given) -> Value:
    """Rows of a table, by whole numbers."""
    table, places = given.value("weight"), given.value("indices")
    row = places if len(places.shape) < 2 else formulas.call("flatten", places)
    chosen = formulas.call("one_hot", row, table.shape[0])
    made = formulas.binary("@", chosen, table)
    return formulas.reshaped(made, (*places.shape, table.shape[1]))
