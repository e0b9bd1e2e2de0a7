"""The process that workers are forked from: loads the mathematics once, then forks on request.

Run as `python -m app.jobs.fork_server <fd> <target>`. It is a program of its own, and
not a fork of the service, so that it has one thread and none of the service's connections. Each
message on its control socket carries one end of a worker's socket; the reply is the new worker's
pid.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import sys

from . import worker

PID_SIZE = 4


def main(control: socket.socket, target: str) -> None:
    """Fork a worker for each request on `control` until it is closed."""
    # Ctrl-C and a service manager's SIGTERM reach every process of a group. The service ends in
    # order and closes its sockets; until then its jobs go on.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the workers
    found = worker.find(target)
    found.prime()
    gc.collect()
    gc.freeze()  # what is loaded now stays in pages that all workers share
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        pid = os.fork()
        if pid == 0:
            control.close()
            _become_worker(socket.socket(fileno=descriptors[0]), found)
        os.close(descriptors[0])
        control.sendall(pid.to_bytes(PID_SIZE, "big"))


def _become_worker(connection: socket.socket, target: worker.Target) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    code = 1
    try:
        worker.serve(connection, target)
        code = 0
    except (BrokenPipeError, ConnectionResetError):
        code = 0  # the service is gone
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)  # never back into the loop that forks


if __name__ == "__main__":
    # A connection that is reset was closed by the service with a reply unread: the end as well.
    with contextlib.suppress(ConnectionError):
        main(socket.socket(fileno=int(sys.argv[1])), sys.argv[2])
