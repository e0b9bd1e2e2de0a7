"""A PyTorch module recorded by torch.export: its graph, its weights and the example's numbers."""

from __future__ import annotations

import operator
import warnings
from typing import Any

from backstep.errors import Diagnostic, PastedError, Unavailable
from backstep.importers.networks.recorded import Array, Recorded, Ref, Step

_LEFT_OUT = frozenset({"dtype", "device", "layout", "pin_memory", "memory_format", "non_blocking"})


def recorded(module: Any, example_inputs: Any) -> Recorded:
    """The module's graph on inputs like the example. Raises PastedError and Unavailable."""
    try:
        import torch  # type: ignore[import-not-found]
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
    return _read(exported, inputs, torch)


def _read(exported: Any, inputs: tuple[Any, ...], torch: Any) -> Recorded:
    signature = exported.graph_signature
    named = {spec.arg.name: spec for spec in signature.input_specs}
    flat = iter(torch.utils._pytree.tree_leaves(inputs))
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
                part = "param" if kind == "PARAMETER" else "buffer"
                arrays.append(_array(node.name, spec.target, part, held))
        elif node.op == "call_function" and not _counts(node):
            steps.append(_step(node))
    outputs = tuple(str(each) for each in signature.user_outputs)
    return Recorded(tuple(arrays), tuple(steps), outputs)


def _counts(node: Any) -> bool:
    """Whether a step counts batches, which nothing else reads."""
    first = node.args[0] if node.args else None
    return str(getattr(first, "name", "")).endswith("num_batches_tracked")


def _array(name: str, called: str, kind: Any, value: Any) -> Array:
    if not hasattr(value, "detach"):
        return Array(name, called, kind, (), value)
    numbers = value.detach().cpu()
    numbers = numbers.double().tolist() if numbers.is_floating_point() else numbers.tolist()
    return Array(name, called, kind, tuple(value.shape), numbers)


def _step(node: Any) -> Step:
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


def _argument(value: Any) -> Any:
    if hasattr(value, "op") and hasattr(value, "name"):
        return Ref(value.name)
    if isinstance(value, list | tuple):
        return [_argument(each) for each in value]
    return value if isinstance(value, bool | int | float | str | None) else str(value)
