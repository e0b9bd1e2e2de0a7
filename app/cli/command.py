"""The commands: what each is called, what it takes, and how its errors are printed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Declare = Callable[[argparse.ArgumentParser], None]


class Refused(Exception):
    """What cannot be done, as a sentence."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command: `declare` adds its arguments to a parser, `run` returns the exit code."""

    name: str
    about: str
    examples: Sequence[str]
    declare: Declare
    run: Callable[[argparse.Namespace], int]

    def asked(self, options: argparse.Namespace) -> int:
        """The exit code; what is refused is printed in words, and is 1."""
        # A wrong setting is found where limits are first read.
        from backstep.settings import SettingError

        try:
            from backstep.errors import BackstepError

            try:
                return self.run(options)
            except (BackstepError, Refused) as error:
                print(error, file=sys.stderr)
                return 1
        except SettingError as wrong:
            print(wrong, file=sys.stderr)
            return 1


def nothing(parser: argparse.ArgumentParser) -> None:
    """The arguments of a command that takes none."""


def _serve(parser: argparse.ArgumentParser) -> None:
    from . import serving

    serving.declare(parser)


def _served(options: argparse.Namespace) -> int:
    from . import serving

    return serving.serve(options.host, options.port, options.reuse_port)


def _worker(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scheduler", help="the scheduler's address, such as tcp://host:8786")


def _worked(options: argparse.Namespace) -> int:
    from . import dask_worker

    return dask_worker.work(options.scheduler)


def _settings(options: argparse.Namespace) -> int:
    from . import serving

    return serving.settings()


def _mcp(options: argparse.Namespace) -> int:
    try:
        from ..assistant import server
    except ImportError as error:
        if (error.name or "").partition(".")[0] != "mcp":
            raise
        raise Refused("This needs the package mcp: pip install 'backstep-learn[mcp]'") from None
    server.serve()
    return 0


def _answer(name: str) -> tuple[Declare, Callable[[argparse.Namespace], int]]:
    """How a command that reads a definition is declared and run."""

    def declare(parser: argparse.ArgumentParser) -> None:
        from . import answers

        answers.declare(name, parser)

    def run(options: argparse.Namespace) -> int:
        from . import answers

        return answers.run(name, options)

    return declare, run


COMMANDS: Sequence[Command] = (
    Command(
        "evaluate",
        "print every value, its partial and the gradients",
        ("evaluate net.nn --set w=0.7 --set 'X=[[1, 2], [3, 4]]'", "evaluate net.nn --json"),
        *_answer("evaluate"),
    ),
    Command(
        "derive",
        "print the loss and its gradients as formulas",
        ("derive net.nn", "derive net.nn --wrt 'W[0,1]' --form scalar --latex"),
        *_answer("derive"),
    ),
    Command(
        "derivation",
        "derive a partial line by line, as on paper",
        ("derivation net.nn w", "derivation net.nn --latex"),
        *_answer("derivation"),
    ),
    Command(
        "check",
        "compare backprop with SymPy and with differences; exit code 1 where they disagree",
        ("check net.nn", "check models/*.nn --json"),
        *_answer("check"),
    ),
    Command(
        "compare",
        "judge a formula typed for a partial; exit code 1 where it is not the partial",
        ("compare net.nn w '(u - y)*u*(1 - u)*x'",),
        *_answer("compare"),
    ),
    Command(
        "draw",
        "draw the graph at a step of the walk",
        ("draw net.nn -o net.svg", "draw net.nn --zoom tensor --step 9 --theme dark > net.svg"),
        *_answer("draw"),
    ),
    Command(
        "export",
        "write the network as a program or a document",
        ("export net.nn --target numpy -o net.py", "export net.nn --target latex --wrt w"),
        *_answer("export"),
    ),
    Command(
        "train",
        "train the parameters and print the loss",
        (
            "train net.nn --steps 200 --optimiser adam",
            "train net.nn --rate 0.05 --every 10 --json",
        ),
        *_answer("train"),
    ),
    Command(
        "serve",
        "start the page and its JSON API",
        ("serve", "serve --port 8080"),
        _serve,
        _served,
    ),
    Command(
        "worker",
        "compute heavy work for the services that share a Dask scheduler",
        ("worker tcp://127.0.0.1:8786",),
        _worker,
        _worked,
    ),
    Command(
        "mcp",
        "offer five tools to an assistant, by the Model Context Protocol on standard input",
        ("mcp",),
        nothing,
        _mcp,
    ),
    Command(
        "settings",
        "print every setting of the service, its value and its reason",
        ("settings",),
        nothing,
        _settings,
    ),
)
