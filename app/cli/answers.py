"""The commands that read a definition: what each takes, and its answer as text and as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from backstep.binding.bind import BoundModel, bind
from backstep.network.shown_errors import shown

from ..jobs.protocol import to_json
from .command import Declare, Refused
from .progress import bar


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command prints: text, the same as data, and whether all is as it should be."""

    text: str
    data: object
    right: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """A definition's text with the values that replace its own, and the command's arguments."""

    text: str
    values: Mapping[str, object]
    options: argparse.Namespace

    def bound(self) -> BoundModel:
        """The definition with the values in force."""
        return bind(self.text, self.values)

    def names(self, given: list[str] | None) -> list[str]:
        """These names, or every parameter's."""
        leaves = self.bound().definition.leaves
        every = [leaf.name for leaf in leaves if leaf.role == "param" and not leaf.label]
        return given or every


def evaluate(asked: Asked) -> Answer:
    """Values and partials in a table, then the loss and what is worth knowing."""
    from backstep.binding.evaluation import evaluate
    from backstep.network.evaluation import Evaluation, listed

    data = evaluate(asked.bound(), asked.options.name)
    found = Evaluation.of(data)
    loss = found.loss.name
    rows = [("", "value", f"∂{loss}/∂…")]
    for name, value in found.values.items():
        partial = found.partials.get(name)
        rows.append((name, listed(value), "" if partial is None else listed(partial)))
    lines = _table(rows)
    lines += ["", f"{loss} = {found.loss:.8g}", *(f"warning: {each}" for each in found.warnings)]
    return Answer("\n".join(lines), data)


def _table(rows: list[tuple[str, str, str]]) -> list[str]:
    """Rows in columns; a cell of several lines, as of a matrix, takes several."""
    cells = [[cell.split("\n") for cell in row] for row in rows]
    wide = [max(len(line) for row in cells for line in row[place]) for place in range(3)]
    lines = []
    for row in cells:
        for number in range(max(map(len, row))):
            parts = [part[number] if number < len(part) else "" for part in row]
            padded = (part.ljust(width) for part, width in zip(parts, wide, strict=True))
            lines.append("  ".join(padded).rstrip())
    return lines


def derive(asked: Asked) -> Answer:
    """The loss and its gradients as formulas."""
    from backstep.binding.closed_gradients import derive
    from backstep.network.formula import gradient, loss

    prepared, form = asked.bound(), asked.options.form
    data = derive(prepared, form, asked.options.wrt)
    # Together they may fit another form than each of them alone.
    every = [loss(prepared, data.form)]
    every += [gradient(prepared, name, data.form) for name in data.gradients]
    if asked.options.latex:
        return Answer("\n\n".join(each._repr_latex_() for each in every), data)
    defined = list(dict.fromkeys(str(part) for each in every for part in each.definitions))
    lines = [*defined, *(f"{each.name} = {each.text}" for each in every)]
    return Answer("\n".join(lines), data)


def derivation(asked: Asked) -> Answer:
    """A partial derived line by line, or each of them."""
    from backstep.derivation.answer import derivation

    prepared, names = asked.bound(), asked.names(asked.options.name)
    if not names:
        raise Refused("There is no parameter: say what to derive by, as in derivation FILE x.")
    found = {name: derivation(prepared, name) for name in names}
    texts = [each.align if asked.options.latex else each.text for each in found.values()]
    return Answer("\n\n".join(texts), found)


def check(asked: Asked) -> Answer:
    """Whether backprop, SymPy and differences agree, with the elements that do not."""
    from backstep.gradient_check.run import check

    found = check(asked.bound(), asked.options.wrt)
    lines = [str(found)]
    for each in found.elements:
        if each.within is False:
            ways = {"SymPy": each.symbolic, "differences": each.differences}
            others = ", ".join(f"{way} {value:.8g}" for way, value in ways.items() if value)
            lines.append(f"  {each.name}: backprop {each.backprop:.8g}, {others}")
    return Answer("\n".join(lines), found, bool(found) or not found.count)


def compare(asked: Asked) -> Answer:
    """Whether the typed formula is the partial."""
    from backstep.marking.compare import compare

    with shown(asked.text, asked.options.answer):
        found = compare(asked.bound(), asked.options.name, asked.options.answer)
    return Answer(str(found), found, bool(found))


def draw(asked: Asked) -> Answer:
    """The graph, written to a file or printed as SVG."""
    from backstep.network.drawing import Drawing
    from backstep.walk.walk_for import walk_for

    options = asked.options
    walk = walk_for(asked.bound(), options.zoom, options.open or (), fold=True)
    drawing = Drawing(walk, options.direction, options.step, options.theme)
    if options.output is None:
        return Answer(drawing.svg, drawing.graph)
    try:
        _written(options.output, lambda path: drawing.save(path, scale=options.scale))
    except ValueError as error:
        raise Refused(f"{error}") from None
    return Answer("", drawing.graph)


def export(asked: Asked) -> Answer:
    """The network as a file of a target, written or printed."""
    from backstep.export.exporting import export

    options = asked.options
    found = export(asked.bound(), options.target, options.wrt)
    if options.output is None:
        return Answer(found.text.removesuffix("\n"), found)
    _written(options.output, lambda path: path.write_bytes(found.text.encode()))
    return Answer("", found)


def train(asked: Asked) -> Answer:
    """The loss at some of the steps, and the parameters after the last."""
    from backstep.network.evaluation import listed
    from backstep.network.training import Training
    from backstep.train.run import Run
    from backstep.train.setup import TrainOptions

    options = asked.options
    wanted = TrainOptions(
        steps=options.steps,
        every=options.every or max(1, options.steps // 10),
        optimiser=options.optimiser,
        rate=options.rate,
        batch=options.batch,
        holdout=options.holdout,
        seed=options.seed,
    )
    training = Training(Run(asked.bound(), wanted), asked.text)
    steps = []
    with bar("training", options.steps) as advance:
        for step in training:
            advance(step.step)
            steps.append(step)
    summary = training.summary
    assert summary is not None
    name = training.start.loss
    digits = len(str(options.steps))
    lines = [
        f"step {each.step:>{digits}}  {name} = {float(each.loss):.8g}"
        + ("" if each.held_out_loss is None else f"  held out {each.held_out_loss:.8g}")
        for each in steps
    ]
    lines += [f"{parameter} = {listed(array)}" for parameter, array in summary.parameters.items()]
    hint = f" Try {summary.hint}." if summary.hint else ""
    lines.append(f"{summary.message[:1].upper()}{summary.message[1:]}.{hint}")
    data = {"start": training.start, "steps": steps, "summary": summary}
    return Answer("\n".join(lines), data, summary.outcome != "diverged")


def _with_names(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--name", action="append", metavar="NAME", help="a name to print; all where left out"
    )


def _with_wrt(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--wrt",
        action="append",
        metavar="NAME",
        help="a name or an element, W[0,1], to derive by; every parameter where left out",
    )


def _with_forms(parser: argparse.ArgumentParser) -> None:
    _with_wrt(parser)
    forms = ("auto", "scalar", "matrix", "shared")
    parser.add_argument(
        "--form",
        choices=forms,
        default="auto",
        help="closed by SymPy, one formula a tensor, or by intermediate results (%(default)s: the"
        " first that fits)",
    )
    parser.add_argument("--latex", action="store_true", help="as LaTeX")


def _with_partials(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", nargs="*", metavar="NAME", help="what to derive by; every parameter where left out"
    )
    parser.add_argument("--latex", action="store_true", help="as LaTeX, in align*")


def _with_answer(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="what the partial is by, such as w")
    parser.add_argument("answer", metavar="FORMULA", help="the formula, in the text's names")


def _with_view(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="where to write it, as .svg, .png, .pdf, .tex or .dot; printed as SVG",
    )
    parser.add_argument(
        "--scale", type=float, default=2.0, help="pixels of a .png for each of the drawing's (2)"
    )
    parser.add_argument("--step", type=int, metavar="N", help="a step of the walk; its end")
    parser.add_argument(
        "--zoom",
        choices=("block", "tensor", "scalar"),
        default="block",
        help="what a box is: a statement, an operation or a number (%(default)s)",
    )
    parser.add_argument("--direction", choices=("LR", "TB"), default="LR")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--open", action="append", metavar="ID", help="a fold that is drawn open")


def _with_target(parser: argparse.ArgumentParser) -> None:
    from backstep.export.exporting import TARGETS

    known = "; ".join(f"{name}: {target.about}" for name, target in TARGETS.items())
    parser.add_argument("--target", required=True, metavar="TARGET", help=known)
    parser.add_argument("-o", "--output", metavar="FILE", help="where to write it; printed")
    _with_wrt(parser)


def _with_training(parser: argparse.ArgumentParser) -> None:
    from backstep.train.optimisers import OPTIMISERS

    parser.add_argument("--steps", type=int, default=100, metavar="N", help="updates (%(default)s)")
    parser.add_argument(
        "--optimiser", default="sgd", metavar="NAME", help=f"one of {', '.join(OPTIMISERS)}"
    )
    parser.add_argument("--rate", type=float, help="the learning rate; the optimiser's own")
    parser.add_argument("--every", type=int, metavar="N", help="print one of so many steps")
    parser.add_argument("--batch", type=int, metavar="N", help="examples of one update; all")
    parser.add_argument(
        "--holdout", type=int, metavar="N", help="of every N examples the last is never read; none"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the order of examples (0)")


@dataclass(frozen=True, slots=True)
class _Reader:
    declare: Declare
    answer: Callable[[Asked], Answer]
    said: str
    """What is being done, beside the bar."""


_READERS: Mapping[str, _Reader] = {
    "evaluate": _Reader(_with_names, evaluate, "evaluating"),
    "derive": _Reader(_with_forms, derive, "deriving"),
    "derivation": _Reader(_with_partials, derivation, "deriving"),
    "check": _Reader(_with_wrt, check, "checking"),
    "compare": _Reader(_with_answer, compare, "comparing"),
    "draw": _Reader(_with_view, draw, "drawing"),
    "export": _Reader(_with_target, export, "exporting"),
    "train": _Reader(_with_training, train, ""),
}


def declare(name: str, parser: argparse.ArgumentParser) -> None:
    """The arguments of a command: the definition, its values, and the command's own."""
    many = "+" if name == "check" else None
    parser.add_argument(
        "file", metavar="FILE", nargs=many, help="the definition's text; - for what is piped in"
    )
    _READERS[name].declare(parser)
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a value in the place of the text's: a number, or nested lists as JSON has them",
    )
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")


def run(name: str, options: argparse.Namespace) -> int:
    """Ask a command of each file and print what it answers. Returns 1 where one is not right."""
    values = dict(map(_value, options.set))
    files = options.file if isinstance(options.file, list) else [options.file]
    reader, right = _READERS[name], True
    for file in files:
        text = _read(file)
        with shown(text), bar(reader.said, None):
            answer = reader.answer(Asked(text, values, options))
        right = right and answer.right
        if options.json:
            sys.stdout.write(to_json(answer.data).decode() + "\n")
        elif answer.text:
            named = f"{file}: " if len(files) > 1 else ""
            sys.stdout.write(f"{named}{answer.text}\n")
    sys.stdout.flush()
    return 0 if right else 1


def _read(file: str) -> str:
    """The text of a file, or what is piped in. Raises Refused if it cannot be read."""
    try:
        if file == "-":
            return sys.stdin.read().removeprefix("\ufeff")
        return Path(file).read_text("utf-8-sig")
    except FileNotFoundError:
        raise Refused(f"There is no file {file}.") from None
    except IsADirectoryError:
        raise Refused(f"{file} is a folder, not a definition's file.") from None
    except UnicodeDecodeError:
        raise Refused(f"{file if file != '-' else 'The input'} is no text in UTF-8.") from None
    except OSError as error:
        raise Refused(f"{file} cannot be read: {error.strerror}.") from None


def _written(file: str, write: Callable[[Path], object]) -> None:
    """Write a file. Raises Refused if it cannot be written."""
    try:
        write(Path(file))
    except OSError as error:
        raise Refused(f"{file} cannot be written: {error.strerror}.") from None


def _value(text: str) -> tuple[str, object]:
    """A name and its value. Raises Refused where there is none, or it is no JSON."""
    name, equals, value = text.partition("=")
    if not equals:
        raise Refused(f"--set {text}: write NAME=VALUE, such as w=0.7 or x=[1,2]")
    try:
        return name.strip(), json.loads(value)
    except ValueError:
        raise Refused(f"--set {text}: {value!r} is no number and no list of numbers") from None
