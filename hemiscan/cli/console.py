"""What the commands write to the terminal: results on stdout, all else on stderr."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from hemiscan._error_text import error_text
from hemiscan._text import printable
from hemiscan.cli.stopping import stop_if_asked
from hemiscan.cli.streams import write_error, write_output
from hemiscan.errors import HemiscanError, ManifestError

if TYPE_CHECKING:
    from hemiscan.study import OnStudyProgress, StudyProgress

DEBUG_VARIABLE = "HEMISCAN_DEBUG"
"""Environment variable that, when set, shows where an unexpected error came from."""


def print_result(text: str) -> None:
    """Write to stdout what was found, line by line; whatever else steers a terminal is escaped.

    Raises
    ------
    OutputError
        If it cannot be written; a reader who has left is no error.
    """
    write_output("\n".join(map(printable, text.split("\n"))))


def print_line(text: str) -> None:
    """Write one line about the program itself to stderr."""
    write_error(f"hemiscan: {printable(text)}")


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
        write_error("".join(traceback.format_exception(error)), end="")
    if isinstance(error, ManifestError):
        for problem in error.problems:
            print_line(problem)
        return
    text = error_text(error, about=about)
    if not isinstance(error, (HemiscanError, MemoryError)):
        text = f"{text}; set {DEBUG_VARIABLE}=1 to see where"
    print_line(text)


@contextmanager
def progress_bar(
    *labels: str, hidden: bool = False, unit: str = "frames"
) -> Iterator[list[Callable[[int, int], None]]]:
    """Show the progress through frames, one bar after the other, on a terminal only.

    Parameters
    ----------
    *labels : str
        What is under way, one for each pass through the frames.
    hidden : bool
        Show nothing on a terminal either.
    unit : str
        What is counted, where it is not frames.

    Yields
    ------
    list of callable
        For each label, to be called with the number of frames done and the number expected
        (0 where unknown). Raises `Stopped` if a signal came.
    """
    bars = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        *([_RateColumn()] if unit == "frames" else []),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=hidden or not sys.stderr.isatty(),
        transient=True,
    )
    with bars:
        tasks = [bars.add_task(printable(label), start=False, visible=False) for label in labels]

        def show(task: TaskID, done: int, expected: int) -> None:
            stop_if_asked()
            if not bars.tasks[task].visible:
                for other in tasks:
                    bars.update(other, visible=other == task)
                bars.start_task(task)
            bars.update(task, completed=done, total=max(expected, done) if expected else None)

        yield [partial(show, task) for task in tasks]


@contextmanager
def study_progress_bar(label: str, *, hidden: bool = False) -> Iterator[OnStudyProgress]:
    """Show how many clips of a study are done, and how many minutes of video; on a terminal only.

    Parameters
    ----------
    label : str
        What is under way.
    hidden : bool
        Show nothing on a terminal either.

    Yields
    ------
    callable
        To be called with a `StudyProgress`. Raises `Stopped` if a signal came.
    """
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.fields[figures]}"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=hidden or not sys.stderr.isatty(),
        transient=True,
    )
    with bar:
        task = bar.add_task(printable(label), total=None, figures="")

        def show(progress: StudyProgress) -> None:
            stop_if_asked()
            figures = f"{progress.clips_done}/{progress.clips} clips"
            if progress.video_s:
                done_min, all_min = progress.video_done_s / 60, progress.video_s / 60
                figures += f"  {done_min:.1f}/{all_min:.1f} min of video"
                bar.update(task, completed=progress.video_done_s, total=progress.video_s)
            else:
                bar.update(task, completed=progress.clips_done, total=progress.clips)
            if progress.clips_failed:
                figures += f"  {progress.clips_failed} failed"
            bar.update(task, figures=figures)

        yield show


class _RateColumn(ProgressColumn):
    """Frames a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.0f} frames/s" if task.speed else "", style="progress.data.speed")
