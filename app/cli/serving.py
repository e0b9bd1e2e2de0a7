"""`backstep serve` and `backstep settings`: the page and its API, until they are interrupted."""

from __future__ import annotations

import argparse
import errno
import os
import socket
import sys

HOST = "127.0.0.1"
PORT = 8000
BACKLOG = 2048


def declare(parser: argparse.ArgumentParser) -> None:
    """The arguments of `serve`."""
    parser.add_argument("--host", default=HOST, help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=_port, default=PORT, help="port, 0 for any free one (%(default)s)"
    )
    parser.add_argument(
        "--reuse-port",
        action="store_true",
        help="let other processes started so listen on the port too: the system spreads"
        " connections over them",
    )


def settings() -> int:
    """Print every setting. Returns the exit code."""
    from ..web.settings import listed

    print(listed(os.environ))
    return 0


def serve(host: str, port: int, reuse_port: bool = False) -> int:
    """Serve until interrupted. Returns the exit code: 1 where the address cannot be had."""
    from ..web.settings import from_environment

    given = from_environment(os.environ)
    # Bound here and not by the server, so that the address is known (port 0), is said before
    # anything slow happens, and a caller who connects at once waits instead of being refused.
    try:
        listener = _listen(host, port, reuse_port)
    except OSError as error:
        print(_refusal(host, port, error), file=sys.stderr)
        return 1
    with listener:
        print(f"Backstep is at {_address(host, listener)} (Ctrl-C stops it)", flush=True)
        from ..web import server  # slow to load: a port that is taken is said at once

        return 0 if server.serve(listener, given) else 1


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


def _listen(host: str, port: int, reuse_port: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    if reuse_port and not hasattr(socket, "SO_REUSEPORT"):
        raise OSError(errno.ENOTSUP, "this system has no port that is listened on by several")
    return socket.create_server((host, port), family=family, backlog=BACKLOG, reuse_port=reuse_port)


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
