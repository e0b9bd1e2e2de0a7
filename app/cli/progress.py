"""A progress bar on a terminal; nothing in a pipe, or where rich is not installed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def bar(said: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on the terminal's error output while the block runs; gone when it ends.

    It yields a function to be called with how much of `total` is done. Without a total the bar only
    moves; without a word there is none.
    """
    if not said or not sys.stderr.isatty():
        yield lambda done: None
        return
    try:
        from rich.console import Console
        from rich.progress import Progress
    except ImportError:
        yield lambda done: None
        return
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(said, total=total)
        yield lambda done: progress.update(task, completed=done)
