"""What the commands write to the terminal: results on stdout, all else on stderr."""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from hemiscan._text import printable
from hemiscan.cli.stopping import stop_if_asked
from hemiscan.errors import HemiscanError

DEBUG_VARIABLE = "HEMISCAN_DEBUG"
"""Environment variable that, when set, shows where an unexpected error came from."""


def make_tolerant(stream: TextIO) -> None:
    """Let a stream write any file name, escaped where its encoding has no such letter."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


def print_result(text: str) -> None:
    """Write to stdout; a reader who has left, as ``head`` does, is no error."""
    try:
        print(text, flush=True)
    except BrokenPipeError:
        # What is still buffered must not raise once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_line(text: str) -> None:
    """Write one line about the program itself to stderr."""
    print(f"hemiscan: {printable(text)}", file=sys.stderr)


def print_error(error: Exception, *, about: Path | None = None) -> None:
    """Write one line on stderr that says what failed.

    An error that hemiscan did not foresee is a bug: its traceback appears only on
    request, as it is of no use to most.

    Parameters
    ----------
    error : Exception
        What was raised.
    about : Path, optional
        The file it was raised for, where the error may not name it.
    """
    if os.environ.get(DEBUG_VARIABLE):
        traceback.print_exception(error)
    if isinstance(error, HemiscanError):
        print_line(str(error))
        return
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    where = f"{about}: " if about else ""
    print_line(f"{where}unexpected error ({reason}); set {DEBUG_VARIABLE}=1 to see where")


@contextmanager
def progress_bar(label: str, *, hidden: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Show the progress through a clip's frames, on a terminal only.

    Parameters
    ----------
    label : str
        What is under way.
    hidden : bool
        Show nothing on a terminal either.

    Yields
    ------
    callable
        To be called with the number of frames done and the number expected (0 where
        unknown).
    """
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("frames"),
        _RateColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=hidden or not sys.stderr.isatty(),
        transient=True,
    )
    with bar:
        task = bar.add_task(label, total=None)

        def show(done: int, expected: int) -> None:
            stop_if_asked()
            bar.update(task, completed=done, total=max(expected, done) if expected else None)

        yield show


class _RateColumn(ProgressColumn):
    """Frames a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.0f} frames/s" if task.speed else "", style="progress.data.speed")
