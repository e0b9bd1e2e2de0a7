"""The command line: `serve`, `settings`, `export`. Holds no mathematics and no routes."""

from __future__ import annotations

import argparse
import errno
import json
import os
import socket
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

HOST = "127.0.0.1"
PORT = 8000
BACKLOG = 2048


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; `arguments` are the process's own unless given. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="backstep", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serve_command = commands.add_parser("serve", help="start the page and its JSON API")
    serve_command.add_argument("--host", default=HOST, help="address to listen on (%(default)s)")
    serve_command.add_argument(
        "--port", type=_port, default=PORT, help="port, 0 for any free one (%(default)s)"
    )
    export_command = commands.add_parser("export", help="write a definition as a file of a target")
    export_command.add_argument("file", help="the definition's file, - for what is piped in")
    export_command.add_argument("--target", required=True, help="numpy and others")
    export_command.add_argument("-o", "--output", help="where to write it; printed where left out")
    export_command.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a value, as JSON has it"
    )
    export_command.add_argument(
        "--wrt", action="append", metavar="NAME", help="a name whose gradient the file has"
    )
    commands.add_parser("settings", help="print every setting, its value and its reason")
    options = parser.parse_args(arguments)
    if options.command == "export":
        return export(options)
    return _checked(settings if options.command == "settings" else partial(_served, options))


def _served(options: argparse.Namespace) -> int:
    return serve(options.host, options.port)


def _checked(command: Callable[[], int]) -> int:
    """Run a command that reads the environment. Returns 1 where a setting cannot be meant."""
    from backstep.settings import SettingError

    try:
        return command()
    except SettingError as wrong:
        print(wrong, file=sys.stderr)
        return 1


def settings() -> int:
    """Print every setting. Returns the exit code."""
    from .web.settings import listed

    print(listed(os.environ))
    return 0


def export(options: argparse.Namespace) -> int:
    """Write a definition as a file. Returns the exit code: 1 after an error."""
    from backstep.errors import BackstepError
    from backstep.network import Network

    try:
        values = dict(map(_value, options.set))
        text = (
            sys.stdin.read() if options.file == "-" else Path(options.file).read_text("utf-8-sig")
        )
        network = Network(text)
        made = network.export(options.target, options.output, values, wrt=options.wrt)
    except BackstepError as error:
        print(error, file=sys.stderr)
        return 1
    except (OSError, UnicodeDecodeError, ValueError) as error:
        print(f"{error}", file=sys.stderr)
        return 1
    if options.output is None:
        sys.stdout.write(made.text)
    return 0


def _value(text: str) -> tuple[str, object]:
    """A name and its value. Raises ValueError where there is none, or it is no JSON."""
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"--set {text}: write NAME=VALUE, such as w=0.7 or x=[1,2]")
    try:
        return name.strip(), json.loads(value)
    except ValueError:
        raise ValueError(f"--set {text}: {value!r} is no number and no list of numbers") from None


def serve(host: str, port: int) -> int:
    """Serve until interrupted. Returns the exit code: 1 where the address cannot be had."""
    from .web.settings import from_environment

    given = from_environment(os.environ)
    # Bound here and not by the server, so that the address is known (port 0), is said before
    # anything slow happens, and a caller who connects at once waits instead of being refused.
    try:
        listener = _listen(host, port)
    except OSError as error:
        print(_refusal(host, port, error), file=sys.stderr)
        return 1
    with listener:
        print(f"Backstep is at {_address(host, listener)} (Ctrl-C stops it)", flush=True)
        from .web import server  # slow to load: a port that is taken is said at once

        return 0 if server.serve(listener, given) else 1


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def _address(host: str, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    shown = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, host)
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is taken by another program. Stop that program, or choose "
            f"another port: python3 run.py serve --port {port + 1 if port < 65535 else PORT}"
        )
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights than this user has. Ports from 1024 on do not."
    # The socket module adds the address once more, in brackets.
    reason = (error.strerror or str(error)).partition(" (while")[0]
    return f"Cannot listen on {host}, port {port}: {reason}."


if __name__ == "__main__":
    sys.exit(main())
