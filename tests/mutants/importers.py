"""Faults in what others' text and networks are read as: Python, LaTeX, arrays, recorded graphs."""

from __future__ import annotations

from tests.mutants.runner import Planted

_CHANGES = ("tests/importers/test_changes.py",)
_READING = ("tests/importers/test_reading.py",)
_TUTORIALS = ("tests/importers/test_python.py",)
_LATEX = ("tests/importers/test_latex.py",)
_PRINTED = ("tests/importers/test_printed.py",)
_MODULES = ("tests/importers/test_modules.py",)
_ONNX = ("tests/importers/test_onnx.py",)
_HERE = "backstep/importers/"


def _fault(said: str, file: str, before: str, after: str, tests: tuple[str, ...]) -> Planted:
    return Planted(said, _HERE + file, before, after, tests)


FAULTS: tuple[Planted, ...] = (
    _fault(
        "a detached value that the gradient passes through",
        "python/changes.py",
        'held = reader.formulas.call("stop_gradient", reader.tensor(value))',
        "held = reader.tensor(value)",
        _CHANGES,
    ),
    _fault(
        "learned data that detaching leaves as it is",
        "python/changes.py",
        "if isinstance(value, Data) and not value.learned and",
        "if isinstance(value, Data) and",
        _CHANGES,
    ),
    _fault(
        "a method that changes an array, passed over",
        "python/reading.py",
        "        self._replace(known, found, node)\n"
        "        self._store(target, found, statement)\n",
        "",
        _CHANGES,
    ),
    _fault(
        "an array's other names, unchanged",
        "python/reading.py",
        "                if each is known:\n                    names[name] = found\n"
        "                elif each",
        "                if each",
        _CHANGES,
    ),
    _fault(
        "arrays of JAX changed in place",
        "python/reading.py",
        "if self.survey.immutable or known is None or",
        "if known is None or",
        _CHANGES,
    ),
    _fault(
        "a step by a method as a part of the loss",
        "python/reading.py",
        'if last_name(node.func) in ("sub_", "add_") and steps(node):',
        "if False:",
        _CHANGES,
    ),
    _fault(
        "an element that could not be written, forgotten",
        "python/reading.py",
        "                    if isinstance(container, ast.Name):\n"
        "                        self._keep(container.id, unknown)\n",
        "",
        _CHANGES,
    ),
    _fault(
        "a block without gradients, with them",
        "python/state.py",
        "if self.held == self._calls + 1 and value.uses:",
        "if False:",
        _CHANGES,
    ),
    _fault(
        "a block without gradients, left out",
        "python/reading.py",
        "                self._held_in(body)\n",
        "",
        _CHANGES,
    ),
    _fault(
        "a choice made once by the values there are",
        "python/expressions.py",
        "if found is not None and not self._by_value(test):",
        "if found is not None:",
        _CHANGES,
    ),
    _fault(
        "an if decided by the values there are",
        "python/reading.py",
        "if found is not None and self._by_value(test):",
        "if False:",
        _CHANGES,
    ),
    _fault(
        "a branch and its other, exchanged",
        "python/changes.py",
        "ast.IfExp(node.test, there, else_), node))",
        "ast.IfExp(node.test, else_, there), node))",
        _CHANGES,
    ),
    _fault(
        "a loop that numbers end, read once",
        "python/reading.py",
        "if not goes_on or not self._pass(node.body):",
        "if not self._pass(node.body) or goes_on:",
        _CHANGES,
    ),
    _fault(
        "the smallest of several for the largest",
        "python/libraries.py",
        'chosen = max if name == "max" else min',
        'chosen = min if name == "max" else max',
        _CHANGES,
    ),
    _fault(
        "elements by columns counted by rows",
        "python/libraries.py",
        "if name in _ORDERED and _by_columns(places, options):",
        "if False:",
        _CHANGES,
    ),
    _fault(
        "a loss that is summed by an old option, as the mean",
        "python/libraries.py",
        "        if options.get(key) is False:",
        "        if False:",
        _CHANGES,
    ),
    _fault(
        "a class that does not count, counted",
        "python/libraries.py",
        '        given["ignore"] = ignored',
        "        pass",
        _CHANGES,
    ),
    _fault(
        "an array that is made to be learned, as an input",
        "python/libraries.py",
        '            if options.get("requires_grad") is True:',
        "            if False:",
        _CHANGES,
    ),
    _fault(
        "a loss that is another name of a value, overlooked",
        "python/state.py",
        "                self.given.append((name, value, node))\n            return value",
        "                pass\n            return value",
        _CHANGES,
    ),
    _fault(
        "a number among the parameters, written into the formula",
        "python/state.py",
        "Data | Layer | list | tuple | dict | float)",
        "Data | Layer | list | tuple | dict)",
        _CHANGES,
    ),
    _fault(
        "a linear layer without its transpose",
        "python/tensors.py",
        'made = formulas.binary("@", x, formulas.turned(weights))',
        'made = formulas.binary("@", x, weights)',
        _TUTORIALS,
    ),
    _fault(
        "positions for the largest elements",
        "python/tensors.py",
        'ours = "max" if call.path[-1].endswith("max") else "min"',
        'ours = "min" if call.path[-1].endswith("max") else "max"',
        (*_CHANGES, *_READING),
    ),
    _fault(
        "axes that keep their size where they are summed",
        "python/libraries.py",
        "shape = tuple(1 if place in axes else size for place, size in enumerate(value.shape))",
        "shape = tuple(size if place in axes else 1 for place, size in enumerate(value.shape))",
        (*_TUTORIALS, *_READING),
    ),
    _fault(
        "a label that is no target",
        "python/arrays.py",
        "def note_whole(reader: State, label: Value) -> None:",
        "def note_whole(reader: State, label: Value) -> None:\n    return\n\n\n"
        "def _note_whole(reader: State, label: Value) -> None:",
        (*_READING, *_TUTORIALS),
    ),
    _fault(
        "rows beside a turned vector, multiplied element by element",
        "latex/reading.py",
        'return Term(formulas.binary("@", rows, left.plain()), right.letters)',
        'return Term(formulas.binary("*", rows, left.plain()), right.letters)',
        _LATEX,
    ),
    _fault(
        "an array without an index beside elements, let through",
        "latex/indices.py",
        "if one.letters and not other.letters and other.value is not None and other.value.shape:",
        "if False:",
        _LATEX,
    ),
    _fault(
        "f(x) as f times x",
        "latex/reading.py",
        "        given = self._applied(cursor, text)\n        if given is not None:\n"
        "            return given\n",
        "",
        _LATEX,
    ),
    _fault(
        "f at another argument as f at its own",
        "latex/reading.py",
        "            if _within(written) != at:",
        "            if False:",
        _LATEX,
    ),
    _fault(
        "a sum over all but one, over all",
        "latex/reading.py",
        '        if isinstance(sign, Scripts) and "≠" in plain(sign.lowered):',
        "        if False:",
        _LATEX,
    ),
    _fault(
        "a neighbour's element as a name of its own",
        "latex/names.py",
        'if not counted and any(each in lowered for each in "+−-") and set(letters) & indices:',
        "if False:",
        _LATEX,
    ),
    _fault(
        "what is to be as large as possible as a loss",
        "latex/equations.py",
        "    _refuse_otherwise(text)\n",
        "",
        _LATEX,
    ),
    _fault(
        "the mean over an index as its sum",
        "latex/reading.py",
        "summed = self._big(cursor, mean=True)",
        "summed = self._big(cursor)",
        _LATEX,
    ),
    _fault(
        "a difference as a sum",
        "latex/reading.py",
        'joined(self.formulas, "-" if sign in "−-" else "+", total, part)',
        'joined(self.formulas, "+" if sign in "−-" else "-", total, part)',
        _LATEX,
    ),
    _fault(
        "a square norm as a norm",
        "latex/reading.py",
        'elif plain(raised) == "2":',
        'elif plain(raised) == "3":',
        _LATEX,
    ),
    _fault(
        "an array with numbers left out, read as it stands",
        "printed.py",
        '            if each.kind == "dots":',
        "            if False:",
        _PRINTED,
    ),
    _fault(
        "rows that differ in length",
        "printed.py",
        "        if len(shapes) > 1 or len(kinds) > 1:",
        "        if False:",
        _PRINTED,
    ),
    _fault(
        "two gates of an LSTM exchanged",
        "networks/aten.py",
        'kept = formulas.binary("*", gate(1, "sigmoid"), c)',
        'kept = formulas.binary("*", gate(0, "sigmoid"), c)',
        _MODULES,
    ),
    _fault(
        "attention that looks ahead",
        "networks/aten.py",
        "0 if j <= i else -1e30",
        "0 if j >= i else -1e30",
        _MODULES,
    ),
    _fault(
        "a variance without its correction",
        "networks/aten.py",
        'taken = 1 if given.get("unbiased", True) else 0',
        "taken = 0",
        _MODULES,
    ),
    _fault(
        "a normalisation by the batch in evaluation",
        "networks/aten.py",
        'if given.get("training")\n',
        'if not given.get("training")\n',
        _MODULES,
    ),
    _fault(
        "a reduction of ONNX that drops its axes",
        "networks/onnx_operators.py",
        '        if not given.get("keepdims", 1):\n            return made\n',
        "        return made\n",
        _ONNX,
    ),
    _fault(
        "a transposition in the order that it had",
        "networks/onnx_operators.py",
        'order = given.get("perm", list(range(len(value.shape)))[::-1])',
        "order = list(range(len(value.shape)))",
        _ONNX,
    ),
)
