"""Arrays of a Python text: written, drawn, filled; their members, and elements of them."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, TypeGuard

from backstep.graph.shape import Shape
from backstep.importers.formulas import ATOM, Numbers, Value, spelled
from backstep.importers.python.values import Data, Free, Method, Opaque, Scalar, Unsaid
from backstep.limits import LIMITS

if TYPE_CHECKING:
    from backstep.importers.python.state import State

MOST_WRITTEN = 2_000
"""Numbers of one written array, and values of one list."""
_DEEPEST = 8


def rectangular(value: object) -> Shape | None:
    """The shape of nested lists of plain numbers; None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return ()
    if isinstance(value, Scalar):
        return () if not value.value.uses else None
    if not isinstance(value, list | tuple) or not value:
        return None
    shapes = {rectangular(each) for each in value}
    if len(shapes) != 1 or None in shapes:
        return None
    (inner,) = shapes
    return None if inner is None else (len(value), *inner)


def weight(value: object, most: int = MOST_WRITTEN, depth: int = 0) -> int:
    """How many values nested lists hold; more than `most` where they nest too deep."""
    if not isinstance(value, list | tuple):
        return 1
    if depth > _DEEPEST:
        return most + 1
    count = 0
    for each in value:
        count += weight(each, most - count, depth + 1)
        if count > most:
            break
    return count


def plain(value: object) -> Numbers:
    """Nested lists of Python's numbers, of a value that is rectangular."""
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    number = value.number if isinstance(value, Scalar) else value
    assert isinstance(number, int | float)
    return number


def listed(value: object, shape: Shape) -> Data:
    """Written numbers as an array. Raises Unsaid where they are too many."""
    if prod(shape) > MOST_WRITTEN:
        raise Unsaid(f"an array of {prod(shape):,} written numbers; {MOST_WRITTEN:,} are read")
    numbers = plain(value)
    return Data(shape, value=text(numbers), numbers=numbers)


def text(numbers: Numbers) -> str:
    """Nested lists of numbers as the language has them."""
    if isinstance(numbers, list):
        return f"[{', '.join(map(text, numbers))}]"
    return spelled(numbers)


def inline(reader: State, data: Data) -> Value:
    """An array without a name, where it stands."""
    if data.numbers is not None:
        return _nested(reader, data.numbers)
    assert data.value is not None
    return Value(data.value, ATOM, reader.formulas.leaf(data.shape))


def _nested(reader: State, numbers: Numbers) -> Value:
    if isinstance(numbers, list):
        return reader.formulas.listed([_nested(reader, each) for each in numbers])
    return reader.formulas.number(numbers)


def drawn(data: Data) -> str | None:
    """How the array is drawn, after `~`; None where its value is written."""
    if data.scheme is not None and len(data.shape) > 1:
        return data.scheme
    if data.draw is not None:
        kind, first, second = data.draw
        return f"{kind}({_short(first)}, {_short(second)})"
    if data.fill is not None and data.learned and data.shape and data.fill in (0, 1):
        return "ones" if data.fill else "zeros"
    return None


def _short(number: float) -> str:
    return spelled(float(f"{number:.6g}"))


def filled(shape: Shape, number: float | int) -> Data:
    """An array of one number."""
    if not shape:
        return Data((), value=spelled(number), numbers=number)
    sizes = ", ".join(map(str, shape))
    if number in (0, 1):
        value = f"{'ones' if number else 'zeros'}({sizes})"
    else:
        value = f"{spelled(number)}*ones({sizes})"
    return Data(shape, value=value, fill=float(number))


def assumed(shape: Shape, whole: bool, count: int) -> tuple[str | None, str | None]:
    """The value, or the draw, of a name that the text does not define, after `count` others."""
    if whole:
        return text([0] * shape[0] if shape else 0), None
    return (None, "normal(0, 1)") if shape else (some_number(count), None)


def some_number(count: int) -> str:
    """A number for a name that the text does not define, other than that of the one before."""
    return _SOME[count % len(_SOME)]


_SOME = ("2", "0.5", "1", "-0.3", "1.5", "0.8")


def scaled(data: Data, by: float) -> Data:
    """A drawn array times a number."""
    assert data.draw is not None
    kind, first, second = data.draw
    low, high = first * by, second * by
    if kind == "normal":
        high = abs(high)
    elif low > high:
        low, high = high, low
    return Data(data.shape, draw=(kind, low, high), learned=data.learned)


def shifted(data: Data, by: float) -> Data:
    """A drawn array plus a number."""
    assert data.draw is not None
    kind, first, second = data.draw
    drawn_so = (kind, first + by, second if kind == "normal" else second + by)
    return Data(data.shape, draw=drawn_so, learned=data.learned)


def combined(op: ast.operator, left: object, right: object) -> Data | None:
    """A drawn array and a number, as another drawn array; None for anything else."""
    numbers = (int, float, Scalar)
    if _is_drawn(left) and isinstance(right, numbers):
        number = right.number if isinstance(right, Scalar) else right
        if isinstance(op, ast.Mult):
            return scaled(left, number)
        if isinstance(op, ast.Div) and number:
            return scaled(left, 1 / number)
        if isinstance(op, ast.Add | ast.Sub):
            return shifted(left, number if isinstance(op, ast.Add) else -number)
    if _is_drawn(right) and isinstance(left, numbers):
        number = left.number if isinstance(left, Scalar) else left
        if isinstance(op, ast.Mult):
            return scaled(right, number)
        if isinstance(op, ast.Add):
            return shifted(right, number)
        if isinstance(op, ast.Sub):
            return shifted(scaled(right, -1.0), number)
    return None


def _is_drawn(value: object) -> TypeGuard[Data]:
    return isinstance(value, Data) and value.draw is not None and value.name is None


def shape_of(reader: State, value: object) -> Shape:
    """The shape of a value, without giving it a name."""
    return value.shape if isinstance(value, Data | Value) else reader.tensor(value).shape


_SAME = frozenset({"data", "real", "values"})


def attribute(reader: State, value: object, name: str) -> object:
    """A member of an array: its transpose, its shape, a method."""
    match name:
        case "T" | "mT" | "H":
            numbers = value.numbers if isinstance(value, Data) and value.name is None else None
            if isinstance(numbers, list) and len(shape := shape_of(reader, value)) == 2:
                rows = [each for each in numbers if isinstance(each, list)]
                return listed([list(each) for each in zip(*rows, strict=True)], shape[::-1])
            found = reader.tensor(value)
            if name == "mT" and len(found.shape) > 2:
                order = [*range(len(found.shape) - 2), len(found.shape) - 1, len(found.shape) - 2]
                return reader.formulas.ordered(found, order)
            return reader.formulas.turned(found)
        case "shape":
            return shape_of(reader, value)
        case "ndim":
            return len(shape_of(reader, value))
        case "size" if not reader.is_torch():
            return prod(shape_of(reader, value))
        case "grad":
            return Opaque("a gradient, which is computed here anyway")
        case "requires_grad" | "is_leaf":
            return True
        case "dtype" | "device":
            return Opaque(f"{name} of an array")
        case _ if name in _SAME:
            return value
    return Method(value, name)


def item(reader: State, value: object, key: object) -> object:
    """Elements of an array."""
    if isinstance(value, Free) and not _simple(key):
        raise Unsaid(f"{value.name} is not in the text", free=True)
    found = reader.tensor(value)
    keys = list(key) if isinstance(key, tuple) else [key]
    if not keys:
        return found
    picked = _picked(reader, found, keys)
    if picked is not None:
        return picked
    if Ellipsis in keys:
        place = keys.index(Ellipsis)
        left = len(found.shape) - sum(1 for each in keys if each is not None) + 1
        keys[place : place + 1] = [slice(None)] * left
    plain_keys: list[int | slice] = []
    widened: list[int] = []
    axis = 0
    for each in keys:
        if each is None:
            widened.append(axis)
            axis += 1
            continue
        if isinstance(each, slice):
            plain_keys.append(each)
            axis += 1
        else:
            plain_keys.append(reader.whole(each))
    made = reader.formulas.index(found, plain_keys)
    if not widened:
        return made
    shape = list(made.shape)
    for place in widened:
        shape.insert(place, 1)
    return reader.formulas.reshaped(made, tuple(shape))


def light(values: list[object]) -> list[object]:
    """A list, if it is not too large. Raises Unsaid."""
    if weight(values) > MOST_WRITTEN:
        raise Unsaid(f"a list of more than {MOST_WRITTEN:,} values")
    return values


def written(data: Data, key: object, value: object) -> bool:
    """Write a number into an array that the text has filled or written; False if it cannot be."""
    keys = list(key) if isinstance(key, tuple) else [key]
    places = [each for each in keys if isinstance(each, int)]
    if data.leaf is not None or isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if not data.shape or len(places) < len(keys) or prod(data.shape) > MOST_WRITTEN:
        return False
    if data.whole and value != int(value):
        raise Unsaid("a fraction put into an array of whole numbers, which cuts it off")
    numbers = data.numbers
    if numbers is None:
        if data.fill is None:
            return False
        numbers = _filled_list(data.shape, data.fill)
    inner = numbers
    *outer, last = places
    for size, place in zip(data.shape, outer, strict=False):
        if not isinstance(inner, list) or not -size <= place < size:
            return False
        inner = inner[place]
    if not isinstance(inner, list) or not -len(inner) <= last < len(inner):
        return False
    rest = data.shape[len(keys) :]
    inner[last] = _filled_list(rest, value) if rest else value
    data.numbers, data.value, data.fill = numbers, text(numbers), None
    return True


def is_whole(numbers: Numbers | None) -> bool:
    """Whether numbers are written as whole ones, all of them."""
    if isinstance(numbers, list):
        return all(is_whole(each) for each in numbers)
    return isinstance(numbers, int)


def _filled_list(shape: Shape, number: float | int) -> Numbers:
    if not shape:
        return number
    return [_filled_list(shape[1:], number) for _ in range(shape[0])]


def replaced(reader: State, found: object, key: object, value: object) -> Value:
    """An array whose elements at a condition, or at a class of each row, are others."""
    whole = reader.tensor(found)
    if isinstance(key, Value) and key.condition:
        return reader.formulas.call("where", key, reader.tensor(value), whole)
    keys = list(key) if isinstance(key, tuple) else [key]
    picked = len(keys) == 2 and len(whole.shape) == 2 and _counts(reader, keys[0], whole.shape[0])
    if not picked or not isinstance(keys[1], Value | Data | Free | list):
        raise Unsaid("an assignment to elements of an array")
    label = reader.tensor(keys[1], whole)
    note_whole(reader, label)
    chosen = reader.formulas.call("one_hot", label, whole.shape[1])
    made = reader.tensor(value)
    if len(made.shape) == 1:
        made = reader.formulas.reshaped(made, (*made.shape, 1))
    condition = reader.formulas.compare("==", chosen, reader.formulas.number(1))
    return reader.formulas.call("where", condition, made, whole)


def _simple(key: object) -> bool:
    return all(isinstance(each, int) for each in (key if isinstance(key, tuple) else (key,)))


def _picked(reader: State, value: Value, keys: Sequence[object]) -> Value | None:
    """`p[range(n), y]`, an element of each row, and `E[k]`, rows by an array of whole numbers."""
    if len(keys) == 2 and len(value.shape) == 2 and _counts(reader, keys[0], value.shape[0]):
        label = keys[1]
        if isinstance(label, Value | Data | Free | list):
            made = reader.tensor(label, value)
            note_whole(reader, made)
            return reader.formulas.call("pick", value, made)
    if len(keys) != 1 or isinstance(keys[0], slice | int | Scalar) or keys[0] in (None, Ellipsis):
        return None
    if isinstance(keys[0], Value) and keys[0].condition:
        raise Unsaid("elements picked by a condition, whose number depends on values")
    label = reader.tensor(keys[0])
    if not label.shape and label.literal is not None:
        return None
    number = reader.definition.entry(label)
    known = None if number is None else reader.numbers.get(number)
    whole = known if known is not None else _whole_numbers(keys[0])
    if whole is None:
        raise Unsaid("an index that is computed")
    rows = [*flat(whole)]
    if any(not isinstance(each, int) or not 0 <= each < value.shape[0] for each in rows):
        raise Unsaid("an index that is no row of the array")
    row = label if len(label.shape) < 2 else reader.formulas.call("flatten", label)
    chosen = reader.formulas.call("one_hot", row, value.shape[0])
    table = value
    if len(value.shape) == 1:
        return reader.formulas.binary("@", chosen, value)
    if len(value.shape) > 2:
        table = reader.formulas.reshaped(value, (value.shape[0], prod(value.shape[1:])))
    made = reader.formulas.binary("@", chosen, table)
    return reader.formulas.reshaped(made, (*label.shape, *value.shape[1:]))


def _whole_numbers(value: object) -> Numbers | None:
    if isinstance(value, Data):
        return value.numbers
    return plain(value) if rectangular(value) is not None else None


def flat(numbers: Numbers) -> list[float]:
    """The numbers of nested lists in a row."""
    if not isinstance(numbers, list):
        return [numbers]
    return [each for part in numbers for each in flat(part)]


def note_whole(reader: State, label: Value) -> None:
    """Note that a name that picks classes is a target, unless the text shows another role."""
    number = reader.definition.entry(label)
    if number is not None and reader.definition.declared(label) is not None:
        reader.targets.add(number)


def _counts(reader: State, key: object, count: int) -> bool:
    """Whether an index is all rows in their order."""
    if isinstance(key, range):
        return key == range(count)
    if isinstance(key, Data):
        return bool(key.numbers == list(range(count)))
    if isinstance(key, Value):
        number = reader.definition.entry(key)
        return number is not None and reader.numbers.get(number) == list(range(count))
    return isinstance(key, list) and key == list(range(count))


def sizes(reader: State, given: Sequence[object]) -> Shape:
    """A shape that is given as whole numbers or as one tuple of them."""
    if len(given) == 1 and isinstance(given[0], list | tuple):
        given = list(given[0])
    shape = tuple(reader.whole(each) for each in given)
    if prod(shape) > LIMITS.tensor_elements:
        raise Unsaid(
            f"an array of {prod(shape):,} elements; {LIMITS.tensor_elements:,} are allowed"
        )
    if any(each < 1 for each in shape):
        raise Unsaid("an array without elements")
    reader.guesses.seen(shape)
    return shape
