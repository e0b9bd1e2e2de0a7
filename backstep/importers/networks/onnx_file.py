"""An ONNX file recorded: its nodes, its weights, and inputs of the shapes that it declares."""

from __future__ import annotations

from os import PathLike
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np

from backstep.errors import Diagnostic, PastedError, Unavailable
from backstep.importers.formulas import Numbers
from backstep.importers.networks.recorded import Array, Recorded, Ref, Step

if TYPE_CHECKING:
    import onnx

_OPEN = 1
"""The size of an axis that a file leaves open, as the batch's mostly is."""


def recorded_file(path: str | PathLike[str]) -> Recorded:
    """The network in a file. Raises OSError, PastedError, and Unavailable without onnx."""
    try:
        import onnx
    except ImportError:
        hint = "pip install 'backstep-learn[onnx]'"
        raise Unavailable(Diagnostic("no_onnx", "onnx is not installed", hint)) from None
    try:
        model = onnx.load(str(path))
    except OSError:
        raise
    except Exception as error:
        message = f"this is no ONNX file: {str(error).splitlines()[0] if str(error) else ''}"
        raise PastedError(Diagnostic("not_onnx", message)) from None
    return recorded_graph(model.graph, onnx)


def recorded_graph(graph: onnx.GraphProto, onnx: ModuleType) -> Recorded:
    """A file's graph. Whole numbers that it holds are arguments, not arrays."""
    known: dict[str, object] = {}
    arrays: list[Array] = []
    for tensor in graph.initializer:
        _hold(tensor.name, onnx.numpy_helper.to_array(tensor), known, arrays)
    for entry in graph.input:
        if entry.name not in known and entry.name not in {each.name for each in arrays}:
            arrays.append(_input(entry))
    steps: list[Step] = []
    for number, node in enumerate(graph.node):
        options = {
            each.name: _attribute(onnx.helper.get_attribute_value(each)) for each in node.attribute
        }
        if node.op_type == "Constant":
            value = next(iter(options.values()), None)
            if hasattr(value, "dims"):
                value = onnx.numpy_helper.to_array(value)
            _hold(node.output[0], value, known, arrays)
            continue
        inputs = {
            f"in{place}": known[name] if name in known else Ref(name)
            for place, name in enumerate(node.input)
            if name
        }
        name = node.name or f"{node.op_type}_{number}"
        arguments = {**inputs, **options}
        if len(node.output) == 1:
            steps.append(Step(node.output[0], node.op_type, arguments, name))
            continue
        steps.append(
            Step(f"{name}*", node.op_type, {**arguments, "outputs": len(node.output)}, name)
        )
        for place, output in enumerate(node.output):
            found = {"self": Ref(f"{name}*"), "index": place}
            steps.append(Step(output, "getitem", found, name))
    return Recorded(tuple(arrays), tuple(steps), tuple(each.name for each in graph.output))


def _hold(name: str, value: object, known: dict[str, object], arrays: list[Array]) -> None:
    """Keep a constant: whole numbers as they are, others as a parameter or a number."""
    if not isinstance(value, np.ndarray):
        known[name] = value.tolist() if hasattr(value, "tolist") else value
    elif value.dtype.kind in "iub":
        known[name] = value.tolist()
    elif not value.shape:
        known[name] = float(value)
    else:
        numbers = value.astype("float64").tolist()
        arrays.append(Array(name, _called(name), "param", tuple(value.shape), numbers))


def _input(entry: onnx.ValueInfoProto) -> Array:
    tensor = entry.type.tensor_type
    shape = tuple(each.dim_value if each.dim_value > 0 else _OPEN for each in tensor.shape.dim)
    whole = tensor.elem_type in (6, 7)
    return Array(
        entry.name, _called(entry.name), "input", shape, _nothing(shape) if whole else None
    )


def _nothing(shape: tuple[int, ...]) -> Numbers:
    return [_nothing(shape[1:]) for _ in range(shape[0])] if shape else 0


def _called(name: str) -> str:
    return name.replace("::", "_").replace("/", "_").strip("_")


def _attribute(value: object) -> object:
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return list(value) if isinstance(value, list | tuple) else value
