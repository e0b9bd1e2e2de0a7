"""Functions and methods of NumPy, PyTorch, JAX and Python, as formulas of the language.

Names come from the tables that fixes of pasted code use. A function with no row in these is taken
from the language's own table; what neither has is refused in words.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from backstep.graph.shape import Shape
from backstep.importers.formulas import Value, spelled
from backstep.importers.python import arrays, layers, random_numbers, tensors
from backstep.importers.python.changes import IN_PLACE, held, in_place
from backstep.importers.python.containers import copied, of_dictionary, of_list
from backstep.importers.python.formula_text import read_formula
from backstep.importers.python.memory import COPIES
from backstep.importers.python.values import (
    OF_GRADIENT,
    Data,
    Free,
    Gradient,
    Instance,
    Library,
    Names,
    Opaque,
    Scalar,
    Unsaid,
)
from backstep.lang.diagnostics.fixes.foreign_formulas import FORMULAS
from backstep.lang.diagnostics.fixes.foreign_names import (
    ARRAYS,
    CLASSES,
    CONSTANTS,
    DROPPED_OPTIONS,
    IDENTITIES,
    OPERATORS,
    OPTIONS,
    REDUCTIONS,
    RENAMED,
    said_of,
)
from backstep.lang.diagnostics.fixes.library_calls import RULES, LibraryCall, written
from backstep.ops import FUNCTIONS

if TYPE_CHECKING:
    from backstep.importers.python.state import State

LOSSES = frozenset({"mse", "cross_entropy", "nll", "bce", "bce_with_logits", "hinge"})
"""Functions whose second argument is a label."""
_OTHER_LOSSES = frozenset(
    [
        "l1_loss",
        "L1Loss",
        "smooth_l1_loss",
        "huber_loss",
        "HuberLoss",
        "SmoothL1Loss",
        "mse_loss",
        "MSELoss",
        "squared_error",
        "l2_loss",
        "kl_div",
    ]
)
_SKIPPED = frozenset(
    [
        "inplace",
        "name",
        "weight_decay",
        "track_running_stats",
    ]
)
_WRAPPERS = frozenset(["jit", "checkpoint", "compile", "remat", "Variable"])
_OPAQUE_ROOTS = frozenset(
    [
        "optim",
        "optimizers",
        "matplotlib",
        "plt",
        "sklearn",
        "datasets",
        "torchvision",
        "tqdm",
        "time",
        "os",
        "sys",
        "pandas",
        "pd",
        "utils",
        "data",
        "optax",
    ]
)
_NO_GRADIENT = frozenset({"detach", "stop_gradient", "item", "tolist", "detach_"})
"""What gives a value that no gradient passes through."""
_ORDERED = frozenset({"reshape", "ravel", "flatten", "resize"})
"""What depends on the order in which elements are counted."""


def member(reader: State, path: tuple[str, ...]) -> object:
    """A constant of a library, or the path of a function or module in it."""
    name = path[-1]
    if name in CONSTANTS:
        match CONSTANTS[name]:
            case "pi":
                return Scalar(math.pi, reader.formulas.pi())
            case "exp(1)":
                return Scalar(math.e, reader.formulas.call("exp", 1))
            case "inf":
                return math.inf
            case "None":
                return None
    return Library(path)


def call(
    reader: State,
    path: tuple[str, ...],
    places: Sequence[object],
    options: Mapping[str, object],
    node: ast.AST,
) -> object:
    """The value of a library's function. Raises Unsaid or Unwritable."""
    try:
        return _called(reader, path, places, options, node)
    except LookupError:
        raise Unsaid(f"{path[-1]} without an argument that it needs", node) from None


def _called(
    reader: State,
    path: tuple[str, ...],
    places: Sequence[object],
    options: Mapping[str, object],
    node: ast.AST,
) -> object:
    name = path[-1]
    if path[0] == "builtins":
        return _built_in(reader, name, list(places), options, node)
    if name in ("grad", "value_and_grad") and "torch" not in path:
        return _gradient(reader, name, places, options)
    if name == "grad" and options.get("create_graph") is True:
        raise Unsaid("a gradient that the text goes on with", node)
    if name == "grad" and places:
        reader.differentiate(places[0], node)
        return Opaque(OF_GRADIENT, node)
    if name in _SCHEMES and places:
        return _initialised(reader, places[0], _SCHEMES[name])
    if name in _NO_GRADIENT and places:
        return held(reader, places[0])
    if name in ("copy", "deepcopy", "clone") and places:
        return copied(reader, places[0])
    if name in _WRAPPERS and places:
        return _wrapped(reader, name, places, options)
    if "keras" in path and name[:1].isupper() and ("layers" in path or name not in RULES):
        raise Unsaid(
            "a model of Keras is not read: write its layers in the language, dense(x, 16), or as"
            " formulas of NumPy",
            node,
        )
    drawn = random_numbers.call(reader, path, places, options)
    if drawn is not None:
        return drawn
    if _OPAQUE_ROOTS & {*path[:-1]} or "optim" in path:
        unsaid = Opaque(f"what {'.'.join(path)} gives is not in the text", node)
        return options.get("loss", unsaid)
    if name in ARRAYS or name in ("Parameter", "Variable"):
        made = _array(reader, name, places, options)
        return copied(reader, made) if name in COPIES and made is places[0] else made
    if layers.is_layer(path):
        return layers.made(reader, path, places, options)
    return function(reader, path, list(places), options, node)


def method(
    reader: State,
    of: object,
    name: str,
    places: Sequence[object],
    options: Mapping[str, object],
    node: ast.AST,
) -> object:
    """The value of a method. Raises Unsaid or Unwritable."""
    if isinstance(of, dict):
        return of_dictionary(of, name, places, options, node)
    if isinstance(of, Instance):
        return _of_instance(of, name)
    if isinstance(of, list):
        return of_list(reader, of, name, places, node)
    if isinstance(of, tuple | str):
        raise Unsaid(f"{name} of a list", node)
    if isinstance(of, Opaque):
        raise Unsaid(of.message, of.node)
    if name in ("backward", "minimize"):
        reader.differentiate(of, node)
        return None
    if name in IDENTITIES or name in _NO_GRADIENT or name in ("retain_grad", "cpu"):
        learns = name == "requires_grad_" and (not places or places[0] is True)
        if learns and isinstance(of, Data):
            of.learned = True
        if name in COPIES:
            return copied(reader, of)
        return held(reader, of) if name in _NO_GRADIENT else of
    if isinstance(of, Free):
        of = reader.tensor(of)
    if name == "fill":
        name = "fill_"
    if IN_PLACE.fullmatch(name):
        changed = in_place(reader, of, name, places)
        if changed is not None:
            return changed
        name = name[:-1]
    path = ("torch" if reader.is_torch() else "np", name)
    try:
        return function(reader, path, [of, *places], options, node)
    except LookupError:
        raise Unsaid(f"{name} without an argument that it needs", node) from None


def _of_instance(of: Instance, name: str) -> object:
    if name == "parameters":
        return [each for each in of.attributes.values() if isinstance(each, Data)]
    return of


def function(
    reader: State,
    path: tuple[str, ...],
    places: list[object],
    options: Mapping[str, object],
    node: ast.AST,
) -> object:
    """A function on arrays, by its own name or that of another library."""
    name = path[-1]
    if name in _ORDERED and _by_columns(places, options):
        raise Unsaid(f"{name} by columns, order='F': write it of the transpose, x.T", node)
    for key in ("size_average", "reduce"):
        if options.get(key) is False:
            raise Unsaid(f"{key}=False: write reduction='sum' or 'none'", node)
    if name == "norm" and "p" in options and options["p"] not in (2, "fro"):
        raise Unsaid("a norm other than the square root of the sum of squares", node)
    if name == "rms_norm" and len(places) > 1 and isinstance(places[1], list | tuple):
        raise Unsaid("rms_norm told its shape: write x / torch.sqrt(...) out", node)
    given = {
        OPTIONS.get(key, key): each
        for key, each in options.items()
        if key not in DROPPED_OPTIONS and key not in _SKIPPED
    }
    ignored = given.pop("ignore_index", None)
    if ignored is not None and reader.number(ignored) >= 0:
        given["ignore"] = ignored
    kept = bool(given.pop("keepdims", given.pop("keepdim", False)))
    if kept:
        return _kept(reader, path, places, given, node)
    known = _known(reader, name, places) if not given else None
    if known is not None:
        return known
    special = tensors.SPECIAL.get(name)
    if special is not None:
        made = special(tensors.Call(reader, places, given, path))
        if made is not None:
            if options.get("requires_grad") is True:
                reader.learn(made)
            return made
    if name in OPERATORS and len(places) == 2 and not given:
        return _operator(reader, OPERATORS[name].strip(), places)
    if name in RULES and places:
        formula = _by_rule(reader, path, places, given)
        if formula is not None:
            return formula
    ours = RENAMED.get(name, CLASSES.get(name, name))
    if ours in FUNCTIONS:
        return _ours(reader, ours, places, given)
    if name in FORMULAS:
        return _formula(reader, name, places, given)
    if path[:2] == ("torch", "nn") and name[:1].isupper():
        raise Unsaid(said_of(name) or f"the language has no {name}", node)
    if not places and not given:
        raise Unsaid(f"{'.'.join(path)} is not in the text", node, free=True)
    if name in IDENTITIES and len(places) == 1:
        return places[0]
    if path[0] in ("np", "torch", "jax", "tf", "math", "scipy"):
        raise Unsaid(said_of(name) or f"the language has no {name}", node)
    raise Unsaid(f"{'.'.join(path)} is not in the text", node, free=True)


def _by_columns(places: Sequence[object], options: Mapping[str, object]) -> bool:
    """Whether elements are counted as Fortran does, down the columns."""
    return options.get("order", places[-1] if places else None) in ("F", "A")


def _known(reader: State, name: str, places: Sequence[object]) -> Scalar | None:
    """A function of literal numbers, with its value, for places that need a literal."""
    if len(places) != 1 or not isinstance(places[0], int | float | Scalar):
        return None
    compute = _OF_NUMBERS.get(name)
    if compute is None or isinstance(places[0], bool):
        return None
    try:
        number = compute(float(reader.number(places[0])))
    except (ArithmeticError, ValueError):
        return None
    return Scalar(number, reader.formulas.call(RENAMED.get(name, name), reader.tensor(places[0])))


def _converted(value: object, node: ast.AST) -> object:
    """A text as a number; any other value as it is."""
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        raise Unsaid("a text that is no number", node) from None


_OF_NUMBERS = {
    "sqrt": math.sqrt,
    "exp": math.exp,
    "log": math.log,
    "sin": math.sin,
    "cos": math.cos,
    "tanh": math.tanh,
}


def _operator(reader: State, sign: str, places: Sequence[object]) -> object:
    signs = {"+": ast.Add, "-": ast.Sub, "*": ast.Mult, "/": ast.Div, "^": ast.Pow}
    op = ast.MatMult() if sign == "@" else signs[sign]()
    return reader.operate(op, places[0], places[1])


def _ours(
    reader: State, ours: str, places: Sequence[object], options: Mapping[str, object]
) -> object:
    """A function of the language, its axis by name where another library takes it by place."""
    known = FUNCTIONS[ours]
    given = list(places)
    named = dict(options)
    of_two = ours in ("max", "min") and isinstance(given[-1], Value | Data | Free)
    if ours in REDUCTIONS and len(given) == 2 and "axis" not in named and not of_two:
        named["axis"] = given.pop()
    axis = named.get("axis", 0)
    if axis is None:
        del named["axis"]
    elif isinstance(axis, tuple | list):
        return tensors.over_axes(reader, ours, given, [reader.whole(each) for each in axis])
    if "reduction" in named:
        reduction = named.pop("reduction")
        if reduction != "mean":
            raise Unsaid(f"{ours} with reduction={reduction!r}")
    operands: list[object] = []
    first: Value | None = None
    for place, each in enumerate(given):
        parameter = known.parameters[min(place, len(known.parameters) - 1)]
        if parameter.kind in ("tensor", "tensors", "condition"):
            if parameter.kind == "tensors" and isinstance(each, list | tuple):
                operands += [reader.tensor(part) for part in each]
                continue
            first = reader.tensor(each, first)
            operands.append(first)
        else:
            operands.append(_constant(reader, each))
    if ours in LOSSES and len(operands) > 1 and isinstance(operands[1], Value):
        arrays.note_whole(reader, operands[1])
    settled = {key: _constant(reader, each) for key, each in named.items()}
    found = reader.formulas.calls(ours, operands, settled)
    return found[0] if len(found) == 1 else found


def _constant(reader: State, value: object) -> object:
    if isinstance(value, Value) and value.literal is None:
        return value
    if isinstance(value, str | bool):
        return value
    if isinstance(value, Data | Free | list | tuple):
        return reader.tensor(value)
    return reader.number(value)


def _by_rule(
    reader: State,
    path: tuple[str, ...],
    places: Sequence[object],
    options: Mapping[str, object],
) -> Value | None:
    """A call whose meaning differs from the language's, written as in fixes of pasted code."""
    bound: dict[str, Value] = {}
    shapes: dict[str, Shape] = {}
    first: list[Value] = []

    def told(each: object) -> str:
        if isinstance(each, int | float | Scalar) and not isinstance(each, bool):
            return spelled(reader.number(each))
        if isinstance(each, Value | Data | Free):
            value = reader.tensor(each, first[0] if first else None)
            first.append(value)
            name = f"given_{len(bound)}"
            bound[name] = value
            shapes[name] = value.shape
            return name
        return repr(each) if isinstance(each, tuple | list) else str(each)

    by_place = tuple(told(each) for each in places)
    by_name = {key: told(each) for key, each in options.items()}
    if path[-1] in _OTHER_LOSSES and len(by_place) > 1 and by_place[1] in bound:
        arrays.note_whole(reader, bound[by_place[1]])
    formula = written(LibraryCall(path[:-1], path[-1], by_place, by_name, shapes))
    return None if formula is None else _formula_read(reader, formula, bound)


def _formula(
    reader: State, name: str, places: Sequence[object], options: Mapping[str, object]
) -> Value:
    """A function that is a formula here: log1p is log(1 + x)."""
    parameters, formula = FORMULAS[name]
    if len(places) != len(parameters) or options:
        raise Unsaid(said_of(name) or f"{name} with these arguments")
    values: list[Value] = []
    for each in places:
        values.append(reader.tensor(each, values[0] if values else None))
    return _formula_read(reader, formula, dict(zip(parameters, values, strict=True)))


def _formula_read(reader: State, formula: str, bound: Mapping[str, Value]) -> Value:
    made = read_formula(reader.formulas, formula, bound)
    for label in made.labels:
        arrays.note_whole(reader, label)
    return made.value


def _kept(
    reader: State,
    path: tuple[str, ...],
    places: list[object],
    options: Names,
    node: ast.AST,
) -> object:
    """A reduction that keeps the axis it goes over, with size 1."""
    value = reader.tensor(places[0])
    axis = options.get("axis", places[1] if len(places) > 1 else None)
    made = function(reader, path, [value, *places[1:]], options, node)
    others: tuple[object, ...] = ()
    if isinstance(made, tuple):
        made, others = made[0], made[1:]
    rank = len(value.shape)
    if axis is None:
        axes = set(range(rank))
    else:
        listed = axis if isinstance(axis, tuple | list) else [axis]
        axes = {reader.whole(each) % rank for each in listed}
    shape = tuple(1 if place in axes else size for place, size in enumerate(value.shape))
    kept = reader.formulas.reshaped(reader.tensor(made), shape)
    return (kept, *others) if others else kept


_SCHEMES = {
    **dict.fromkeys(("xavier_uniform_", "xavier_normal_", "xavier_uniform"), "xavier"),
    **dict.fromkeys(("kaiming_uniform_", "kaiming_normal_", "kaiming_normal"), "he"),
    "zeros_": "zeros",
    "ones_": "ones",
}
"""PyTorch's ways to draw weights, by our words for them."""


def _initialised(reader: State, value: object, scheme: str) -> object:
    """Weights that the text draws again after they are made."""
    entry = reader.declaration(value) if isinstance(value, Value) else None
    if entry is not None:
        entry.value, entry.draw = None, scheme
    elif isinstance(value, Data) and scheme in ("xavier", "he"):
        value.scheme = scheme
    return value


def _array(
    reader: State, name: str, places: Sequence[object], options: Mapping[str, object]
) -> object:
    if not places:
        raise Unsaid(f"{name} of nothing")
    value = places[0]
    learned = options.get("requires_grad") is True or name == "Parameter"
    shape = arrays.rectangular(value)
    if shape is not None and not isinstance(value, Scalar):
        value = arrays.listed(value, shape)
        value.whole = "dtype" not in options and arrays.is_whole(value.numbers)
        reader.guesses.seen(shape)
    elif isinstance(value, list | tuple):
        value = reader.tensor(value)
    elif isinstance(value, Scalar):
        value = Data((), value=spelled(value.number), numbers=value.number)
    if learned:
        if isinstance(value, Data):
            value.learned = True
        else:
            reader.learn(value)
    return value


def _wrapped(
    reader: State, name: str, places: Sequence[object], options: Mapping[str, object]
) -> object:
    value = places[0]
    if name == "Variable":
        learned = options.get("requires_grad", options.get("trainable", True)) is not False
        return _array(reader, "tensor", places, {"requires_grad": learned})
    return value


def _gradient(
    reader: State, name: str, places: Sequence[object], options: Mapping[str, object]
) -> Gradient:
    if not places:
        raise Unsaid("a gradient of nothing")
    by = options.get("argnums", places[1] if len(places) > 1 else 0)
    listed = by if isinstance(by, tuple | list) else (by,)
    numbers = tuple(reader.whole(each) for each in listed)
    return Gradient(places[0], numbers, name == "value_and_grad", options.get("has_aux") is True)


def _built_in(
    reader: State,
    name: str,
    places: list[object],
    options: Mapping[str, object],
    node: ast.AST,
) -> object:
    match name:
        case "range":
            bounds = [reader.whole(each) for each in places]
            if not 1 <= len(bounds) <= 3 or (len(bounds) == 3 and not bounds[2]):
                raise Unsaid("a range", node)
            return range(*bounds)
        case "len":
            value = places[0]
            if isinstance(value, list | tuple | dict | str | range):
                return len(value)
            shape = arrays.shape_of(reader, value)
            if not shape:
                raise Unsaid("the length of a scalar", node)
            return shape[0]
        case "zip":
            rows = [reader.rows(each, node) for each in places]
            return list(zip(*rows, strict=False))
        case "enumerate":
            return list(enumerate(reader.rows(places[0], node)))
        case "list" | "tuple" | "reversed" | "sorted":
            listed = reader.rows(places[0], node) if places else []
            if name == "sorted":
                raise Unsaid("a list that is sorted", node)
            made = listed[::-1] if name == "reversed" else listed
            return tuple(made) if name == "tuple" else made
        case "float" | "int" if places:
            return _converted(places[0], node)
        case "dict":
            return dict(options)
        case "print":
            return None
        case "super":
            return Opaque("super()", node)
        case "isinstance" | "any" | "all" | "bool" | "str" | "map":
            raise Unsaid(f"{name} of values", node)
        case "sum" if len(places) in (1, 2) and isinstance(places[0], list | tuple):
            total: object = places[1] if len(places) == 2 else 0
            for each in places[0]:
                total = reader.operate(ast.Add(), total, each)
            return total
        case "max" | "min" if len(places) == 1 and isinstance(places[0], list | tuple):
            places = list(places[0])
        case "max" | "min" if len(places) > 1 and _by_values(places):
            return _extreme(reader, name, places)
        case "pow":
            return reader.operate(ast.Pow(), places[0], places[1])
    numbers = [each for each in places if isinstance(each, int | float)]
    if len(numbers) == len(places) and name in ("max", "min", "abs"):
        if name == "abs":
            return abs(numbers[0])
        return max(numbers) if name == "max" else min(numbers)
    return function(reader, ("np", name), places, options, node)


def _by_values(places: Sequence[object]) -> bool:
    return any(isinstance(each, Value | Scalar | Data | Free) for each in places)


def _extreme(reader: State, name: str, places: Sequence[object]) -> object:
    """Python's max or min of several values, one after another: max(0, 1 - z)."""
    made = reader.tensor(places[0])
    for each in places[1:]:
        sides = reader.pair(made, each)
        ours = name if not any(side.shape for side in sides) else f"{name}imum"
        made = reader.formulas.call(ours, *sides)
    numbers = [each for each in places if isinstance(each, int | float | Scalar)]
    if len(numbers) < len(places):
        return made
    chosen = max if name == "max" else min
    return Scalar(chosen(reader.number(each) for each in numbers), made)
