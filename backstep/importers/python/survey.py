"""What is known of a Python text's names before it is read: which are updated, and their uses."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_RATE = re.compile(
    r"(?:^|_)(?:lr|rate|eta|alpha|step|step_size|learning|learning_rate|grads?|gradients?|delta|"
    r"deltas|dw|db|velocity|momentum|updates?|vel)(?:_|\d|$)|^d[A-Z]\w*$|^d[a-z]\d?$|^nabla|^∇"
    r"|(?:^|_)(?:d[wbxzauvh])\d*$|^d_\w+|_d$|grad|^v[wb]\d*$|^m_?hat",
)
_TRAINS = frozenset({"backward", "zero_grad", "step", "minimize", "gradient", "apply_gradients"})
_GRADIENTS = frozenset({"grad", "value_and_grad", "grad_fn", "loss_grad"})
_ROWS = frozenset(
    [
        "sum",
        "mean",
        "max",
        "min",
        "prod",
        "var",
        "std",
        "softmax",
        "log_softmax",
        "norm",
        "logsumexp",
        "cumsum",
        "argmax",
    ]
)


@dataclass(slots=True)
class Use:
    """How a name is used, as far as the text alone tells."""

    axes: int = 0
    """The least number of axes that it has."""
    product: bool = False
    """Whether it stands in a matrix product."""
    whole: bool = False
    """Whether it picks elements or classes."""


@dataclass(slots=True)
class Survey:
    """What is known of the names of a text."""

    updated: set[str] = field(default_factory=set)
    uses: dict[str, Use] = field(default_factory=dict)
    torch: bool = False
    immutable: bool = False
    """Whether arrays are JAX's or TensorFlow's, which nothing changes in place."""
    used_outside: set[str] = field(default_factory=set)
    """Names that are read where gradients are kept."""
    assigned: set[str] = field(default_factory=set)

    def use(self, name: str) -> Use:
        """How a name is used."""
        return self.uses.setdefault(name, Use())


def surveyed(tree: ast.Module) -> Survey:
    """What a text says of its names."""
    found = Survey()
    found.used_outside = set(_read_outside(tree))
    for node in ast.walk(tree):
        match node:
            case ast.AugAssign(target=target):
                if is_update(node):
                    found.updated.add(last_name(target))
            case ast.Assign(targets=[target]):
                found.assigned |= set(_stored(target))
                if is_update(node):
                    found.updated.add(last_name(target))
            case ast.BinOp(left=left, op=ast.MatMult(), right=right):
                _product(found, left, right)
            case ast.Subscript(value=ast.Name(id=name), slice=key):
                count = len(key.elts) if isinstance(key, ast.Tuple) else 1
                use = found.use(name)
                use.axes = max(use.axes, count)
                for part in key.elts if isinstance(key, ast.Tuple) else [key]:
                    if isinstance(part, ast.Name):
                        found.use(part.id).whole = True
            case ast.Subscript(
                value=ast.Attribute(value=ast.Name(id=name), attr="shape"),
                slice=ast.Constant(value=int(axis)),
            ):
                use = found.use(name)
                use.axes = max(use.axes, axis + 1 if axis >= 0 else -axis)
            case ast.Attribute(value=ast.Name(id=name), attr="T" | "mT"):
                found.use(name).axes = max(found.use(name).axes, 2)
            case ast.Call():
                _call(found, node)
            case ast.Import(names=names):
                found.torch = found.torch or any(each.name.startswith("torch") for each in names)
            case ast.ImportFrom(module=str(module)):
                found.torch = found.torch or module.startswith("torch")
            case ast.Name(id="torch" | "F" | "nn", ctx=ast.Load()):
                found.torch = True
            case ast.Name(id="jnp" | "jax" | "tf", ctx=ast.Load()):
                found.immutable = True
    return found


def keeps_none(item: ast.withitem) -> bool:
    """Whether a block keeps no gradient: `with torch.no_grad():`."""
    opened = item.context_expr
    name = last_name(opened.func if isinstance(opened, ast.Call) else opened)
    return name in ("no_grad", "inference_mode")


def _read_outside(tree: ast.AST) -> Iterator[str]:
    if isinstance(tree, ast.With) and any(keeps_none(each) for each in tree.items):
        return
    if isinstance(tree, ast.Name) and isinstance(tree.ctx, ast.Load):
        yield tree.id
    for child in ast.iter_child_nodes(tree):
        yield from _read_outside(child)


def trains(body: list[ast.stmt]) -> bool:
    """Whether statements are a pass of a training: they update something, or send back."""
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Assign | ast.AugAssign) and is_update(node):
                return True
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
                called = node.func.id if isinstance(node.func, ast.Name) else name
                if name in _TRAINS or called in _GRADIENTS:
                    return True
                if called.startswith(("update", "train_step", "train_batch")):
                    return True
    return False


def is_update(node: ast.Assign | ast.AugAssign) -> bool:
    """Whether a statement takes a step: `w -= lr*dw`, `w = w - 0.1*w.grad`, `w += -lr*g`."""
    if isinstance(node, ast.AugAssign):
        if isinstance(node.op, ast.Sub):
            return _of_rate(node.value)
        return isinstance(node.op, ast.Add) and _of_rate(node.value)
    (target,) = node.targets[:1]
    value = node.value
    name = last_name(target)
    if not name or not isinstance(value, ast.BinOp) or not isinstance(value.op, ast.Sub | ast.Add):
        return False
    return last_name(value.left) == name and _of_rate(value.right)


def steps(node: ast.Call) -> bool:
    """Whether a call that changes an array takes a step: `w.sub_(lr*w.grad)`."""
    return any(_of_rate(each) for each in (*node.args, *node.keywords))


def steps_down(node: ast.Assign | ast.AugAssign) -> bool:
    """Whether something is subtracted from a name: `w -= …`, `w = w - …`."""
    if isinstance(node, ast.AugAssign):
        return isinstance(node.op, ast.Sub)
    value, name = node.value, last_name(step_target(node))
    return (
        isinstance(value, ast.BinOp)
        and isinstance(value.op, ast.Sub)
        and bool(name)
        and last_name(value.left) == name
    )


def step_target(node: ast.Assign | ast.AugAssign) -> ast.expr:
    """What a statement assigns to."""
    return node.target if isinstance(node, ast.AugAssign) else node.targets[0]


def sends_back(node: ast.AST) -> bool:
    """Whether a statement computes a gradient."""
    return any(
        isinstance(part, ast.Call)
        and last_name(part.func) in ("backward", "grad", "value_and_grad")
        for part in ast.walk(node)
    )


def leaves(node: ast.AST) -> bool:
    """Whether a statement may leave a pass of the loop that it stands in."""
    if isinstance(node, ast.For | ast.While | ast.FunctionDef | ast.ClassDef):
        return False
    if isinstance(node, ast.Break | ast.Continue):
        return True
    return any(leaves(each) for each in ast.iter_child_nodes(node))


def last_name(node: ast.AST) -> str:
    """The name of a variable or of an attribute, its data's name, or its container's."""
    while True:
        match node:
            case ast.Attribute(value=inner, attr="data" | "value"):
                node = inner
            case ast.Attribute(attr=name):
                return name
            case ast.Subscript(slice=ast.Constant(value=str(name))):
                return name
            case ast.Subscript(value=inner):
                node = inner
            case ast.Name(id=name):
                return name
            case _:
                return ""


def _of_rate(node: ast.AST) -> bool:
    return any(_RATE.search(name) for name in _names(node))


def _names(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def _stored(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id


def _product(found: Survey, *sides: ast.AST) -> None:
    for side in sides:
        if isinstance(side, ast.Name):
            use = found.use(side.id)
            use.product = True
            use.axes = max(use.axes, 2 if side.id[:1].isupper() else 1)


def _call(found: Survey, node: ast.Call) -> None:
    name = ""
    given = list(node.args)
    if isinstance(node.func, ast.Attribute):
        name = node.func.attr
        if isinstance(node.func.value, ast.Name):
            given.insert(0, node.func.value)
    elif isinstance(node.func, ast.Name):
        name = node.func.id
    if name in ("dot", "matmul", "mm", "mv"):
        _product(found, *given[-2:])
    if name in _ROWS and given:
        first = next((each for each in given if _plain(each)), None)
        axis = next((each.value for each in node.keywords if each.arg in ("axis", "dim")), None)
        if isinstance(first, ast.Name):
            least = 1
            if isinstance(axis, ast.Constant) and isinstance(axis.value, int):
                least = axis.value + 1 if axis.value >= 0 else -axis.value
            found.use(first.id).axes = max(found.use(first.id).axes, least)
    if name == "len" and given and isinstance(given[0], ast.Name):
        found.use(given[0].id).axes = max(found.use(given[0].id).axes, 1)
    if name in ("cross_entropy", "nll_loss", "CrossEntropyLoss") and len(given) >= 2:
        label = given[-1]
        if isinstance(label, ast.Name):
            found.use(label.id).whole = True


def _plain(node: ast.AST) -> bool:
    known = ("np", "torch", "F", "jnp", "jax", "tf", "nn", "math")
    return isinstance(node, ast.Name) and node.id not in known
