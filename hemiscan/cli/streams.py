"""Standard output and error, which may be closed, full, or without a reader."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress
from typing import TextIO

from hemiscan.errors import OutputError


def prepare_streams() -> None:
    """Make sure that writing to the standard streams works or fails alone.

    Where one of them was closed, the next file that is opened would take its place, and get
    what libraries write to it: it is opened anew, to nowhere. Letters that a stream's encoding
    has not are escaped.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout = sys.stdout or _open_nowhere()
    sys.stderr = sys.stderr or _open_nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def write_output(text: str, *, end: str = "\n") -> None:
    """Write to standard output and send it off.

    A reader who has left, as ``head`` does, is no error. After a failure it takes no more.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    try:
        print(text, end=end, flush=True)
    except OSError as error:
        silence(sys.stdout)
        if error.errno not in (errno.EPIPE, errno.EINVAL):  # the latter says Windows
            raise OutputError(f"cannot write to standard output: {error.strerror}") from error


def write_error(text: str, *, end: str = "\n") -> None:
    """Write to standard error; where that fails there is nobody to tell."""
    try:
        print(text, end=end, file=sys.stderr, flush=True)
    except OSError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """Let a stream lead nowhere; what it still holds would fail once more at exit."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        stream.flush()


def _open_nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123 - for good
