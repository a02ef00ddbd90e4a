"""What rows of a manifest must not have in common."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Hashable, Iterator, Sequence
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from hemiscan._text import quote

if TYPE_CHECKING:
    from hemiscan.study.manifest import ManifestRow

_SPELLED_ALIKE = ("patient", "visit", "task")
"""By these results are pooled, so that two spellings of one name would be two names."""


def find_repeated_clips(rows: Sequence[ManifestRow]) -> Iterator[tuple[int, str]]:
    """Yield the lines of rows whose clip, part and face another row has, and what to do."""
    first: dict[Hashable, int] = {}
    for row in rows:
        if row.clip == Path():  # told already
            continue
        part = (row.face or 1, row.start_s or 0.0, inf if row.end_s is None else row.end_s)
        line = first.setdefault((file_key(row.clip), part), row.line)
        if line != row.line:
            yield (
                row.line,
                f"clip: {row.clip.name} is listed in row {line} already, with the same part and "
                "face; remove one",
            )


def find_spellings(rows: Sequence[ManifestRow]) -> Iterator[tuple[int, str]]:
    """Yield the lines of rows with another spelling of a name before, and what to do."""
    for column in _SPELLED_ALIKE:
        first: dict[str, tuple[str, int]] = {}
        told = set()
        for row in rows:
            name: str = getattr(row, column)
            spelled, line = first.setdefault(_spelling_key(name), (name, row.line))
            if spelled != name and name not in told:
                told.add(name)
                yield (
                    row.line,
                    f"{column}: {quote(name)} is spelled {quote(spelled)} in row {line}; "
                    "spell it alike",
                )


def file_key(path: Path) -> Hashable:
    """Return what tells a file from all others, under whatever name."""
    status = path.stat()
    # Some file systems have no numbers of files.
    return (status.st_dev, status.st_ino) if status.st_ino else os.path.realpath(path)


def _spelling_key(name: str) -> str:
    """Return what spellings of one name share: P01, p 1 and P-01, but neither P-10 nor P-0-1."""
    key = unicodedata.normalize("NFKC", name).casefold()
    key = re.sub(r"(?<!\d)0+(?=\d)", "", key)
    return re.sub(r"(?<!\d)[\s_.-]+|[\s_.-]+(?!\d)", "", key)
