"""The command `backstep`: one definition read, asked one thing, and the answer printed.

Each command is a module's function; what it takes is declared beside it, and only when it is asked.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from backstep import __version__

from .command import COMMANDS, Command

_ABOUT = "Exact gradients of small networks: as numbers, formulas, derivations, drawings and code."
_EXAMPLES = """\
examples:
  backstep evaluate net.nn --set w=0.7        values, partials and gradients
  backstep derive net.nn                      the gradients as formulas
  backstep check net.nn                       exit code 1 where derivatives disagree
  backstep draw net.nn -o net.svg             the graph
  backstep export net.nn --target numpy       the backward pass as a program
  echo 'param w = 2; L = w^2' | tr ';' '\\n' | backstep evaluate -
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; `arguments` are the process's own unless given. Returns the exit code: 0, or
    1 where a check disagrees, a text is at fault or a file cannot be had; 2 for wrong arguments.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser(given).parse_args(given)
    command: Command = options.run
    try:
        return command.asked(options)
    except BrokenPipeError:
        # Who reads has enough: what is left goes nowhere, and no traceback follows.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    """The parser; a command's own arguments are declared where its name is among those given."""
    parser = argparse.ArgumentParser(
        prog="backstep",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"backstep {__version__}",
        help="print the version and exit",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in COMMANDS:
        made = commands.add_parser(
            command.name,
            help=command.about,
            description=f"{command.about[:1].upper()}{command.about[1:]}.",
            epilog="\n".join(("examples:", *(f"  backstep {each}" for each in command.examples))),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        made.set_defaults(run=command)
        if command.name in given:
            command.declare(made)
    return parser
