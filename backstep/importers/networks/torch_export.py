"""A PyTorch module recorded by torch.export: its graph, its weights and the example's numbers."""

from __future__ import annotations

import operator
import warnings
from typing import TYPE_CHECKING

from backstep.errors import Diagnostic, PastedError, Unavailable
from backstep.importers.networks.recorded import Array, Kind, Recorded, Ref, Step

if TYPE_CHECKING:
    import torch

_LEFT_OUT = frozenset({"dtype", "device", "layout", "pin_memory", "memory_format", "non_blocking"})


def recorded(module: torch.nn.Module, example_inputs: object) -> Recorded:
    """The module's graph on inputs like the example. Raises PastedError and Unavailable."""
    try:
        import torch
    except ImportError:
        hint = "pip install 'backstep-learn[torch]'"
        raise Unavailable(Diagnostic("no_torch", "PyTorch is not installed", hint)) from None
    inputs = example_inputs if isinstance(example_inputs, tuple) else (example_inputs,)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exported = torch.export.export(module, inputs)
    except Exception as error:
        message = f"torch.export cannot write this module: {str(error).splitlines()[0]}"
        raise PastedError(Diagnostic("not_exported", message)) from None
    return _read(exported, torch.utils._pytree.tree_leaves(inputs))


def _read(exported: torch.export.ExportedProgram, example: list[object]) -> Recorded:
    signature = exported.graph_signature
    named = {spec.arg.name: spec for spec in signature.input_specs}
    flat = iter(example)
    arrays: list[Array] = []
    steps: list[Step] = []
    for node in exported.graph.nodes:
        if node.op == "placeholder":
            spec = named[node.name]
            kind = spec.kind.name
            if kind == "USER_INPUT":
                value = next(flat)
                arrays.append(_array(node.name, node.name, "input", value))
            else:
                held = exported.state_dict.get(spec.target)
                held = exported.constants.get(spec.target) if held is None else held
                part: Kind = "param" if kind == "PARAMETER" else "buffer"
                arrays.append(_array(node.name, spec.target, part, held))
        elif node.op == "call_function" and not _counts(node):
            steps.append(_step(node))
    outputs = tuple(str(each) for each in signature.user_outputs)
    return Recorded(tuple(arrays), tuple(steps), outputs)


def _counts(node: torch.fx.Node) -> bool:
    """Whether a step counts batches, which nothing else reads."""
    first = node.args[0] if node.args else None
    return str(getattr(first, "name", "")).endswith("num_batches_tracked")


def _array(name: str, called: str, kind: Kind, value: object) -> Array:
    if not hasattr(value, "detach"):
        return Array(name, called, kind, (), value if isinstance(value, int | float) else None)
    numbers = value.detach().cpu()
    shape = tuple(numbers.shape)
    numbers = numbers.double().tolist() if numbers.is_floating_point() else numbers.tolist()
    return Array(name, called, kind, shape, numbers)


def _step(node: torch.fx.Node) -> Step:
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    module = str(stack[-1][0]) if stack else ""
    if node.target is operator.getitem:
        arguments = {"self": _argument(node.args[0]), "index": node.args[1]}
        return Step(node.name, "getitem", arguments, module)
    schema = getattr(node.target, "_schema", None)
    if schema is None:
        return Step(node.name, str(node.target), {}, module)
    names = [each.name for each in schema.arguments]
    given = {**dict(zip(names, node.args, strict=False)), **node.kwargs}
    arguments = {
        name: _argument(each)
        for name, each in given.items()
        if name not in _LEFT_OUT and each is not None
    }
    op = schema.name.partition("::")[2]
    return Step(node.name, op, arguments, module)


def _argument(value: object) -> object:
    if hasattr(value, "op") and hasattr(value, "name"):
        return Ref(value.name)
    if isinstance(value, list | tuple):
        return [_argument(each) for each in value]
    return value if isinstance(value, bool | int | float | str | None) else str(value)
