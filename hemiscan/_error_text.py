"""What is said about an error, whoever says it."""

from __future__ import annotations

from pathlib import Path

from hemiscan._text import printable
from hemiscan.errors import HemiscanError


def error_text(error: Exception, *, about: Path | None = None) -> str:
    """Return one line that says what failed.

    Parameters
    ----------
    error : Exception
        What was raised; one that hemiscan did not foresee is a bug.
    about : Path, optional
        The file it was raised for, where the error may not name it.
    """
    where = f"{about}: " if about else ""
    if isinstance(error, HemiscanError):
        return str(error)
    if isinstance(error, MemoryError):
        return printable(f"{where}not enough memory; close other programs, or analyse it in parts")
    reason = " ".join(f"{type(error).__name__}: {error}".split())
    return printable(f"{where}unexpected error ({reason})")
