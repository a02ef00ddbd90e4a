"""One row of a manifest: what its cells mean, and what is wrong with them."""

from __future__ import annotations

import math
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from hemiscan._text import printable, quote
from hemiscan.recording import Recording
from hemiscan.tracking import is_track_file

_T = TypeVar("_T")

YES = {"1", "x", "true", "yes", "y", "t", "wahr", "ja", "j", "vrai", "oui", "verdadero", "si", "sí",
       "vero", "sì"}  # fmt: skip
NO = {"0", "-", "false", "no", "n", "f", "falsch", "nein", "faux", "non", "falso"}
"""Excel writes yes and no in the language of its user."""

_SIDES = {"left": "left", "l": "left", "right": "right", "r": "right"}
_NOT_CLIPS = {
    *(".csv", ".tsv", ".txt", ".json", ".xlsx", ".xls", ".html", ".pdf", ".eaf", ".boris"),
    *(".png", ".jpg", ".jpeg", ".svg", ".parquet", ".toml", ".zip", ".docx"),
}
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_EITHER_FIRST = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_TIME_OF_DAY = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d))?")
_NUMBER_OF_DAY = re.compile(r"[345]\d{4}")
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+")


class RowCells:
    """The cells of a row by their columns; reading them collects what is wrong.

    Parameters
    ----------
    cells : mapping of str to str
        Stripped texts.

    Attributes
    ----------
    problems : list of (str, str)
        Column, and what is wrong there and what to do.
    """

    def __init__(self, cells: Mapping[str, str]) -> None:
        self._cells = cells
        self.problems: list[tuple[str, str]] = []

    def read(self, column: str, parse: Callable[[str], _T], default: _T) -> _T:
        """Return what a cell means, or the default where it is empty or wrong."""
        text = self._cells.get(column, "")
        if not text and column != "clip":
            return default
        try:
            return parse(text)
        except ValueError as error:
            self.complain(column, str(error))
            return default

    def complain(self, column: str, problem: str) -> None:
        """Add to what is wrong."""
        self.problems.append((column, problem))

    def text(self, column: str) -> str:
        """Return a text, on one line."""
        return self.read(column, lambda text: _parse_text(column, text), "")


def parse_row(cells: RowCells, folder: Path, *, require_files: bool = True) -> dict[str, Any]:
    """Return the attributes of a `ManifestRow` but for its line and its extra columns.

    Parameters
    ----------
    cells : RowCells
        Gets what is wrong.
    folder : Path
        From which relative paths count.
    require_files : bool, optional
        Whether files that are not there are wrong.
    """
    find = find_clip if require_files else _find_or_name
    names = ("patient", "visit", "task", "note", "treatment", "product")
    attributes: dict[str, Any] = {name: cells.text(name) for name in names}
    for name in ("date", "treatment_date"):
        attributes[name] = cells.read(name, parse_date, "")
    for name in ("start_s", "end_s", "dose"):
        attributes[name] = cells.read(name, parse_number, None)
    no_ratings: tuple[Path, ...] = ()
    find_other = _find_file if require_files else _find_or_name
    attributes |= {
        "clip": cells.read("clip", lambda text: find(text, folder), Path()),
        "mirrored": cells.read("mirrored", parse_flag, False),
        "face": cells.read("face", parse_count, None),
        "affected_side": cells.read("affected_side", parse_side, ""),
        "ratings": cells.read(
            "ratings", lambda text: _find_ratings(text, folder, require_files), no_ratings
        ),
        "segments": cells.read("segments", lambda text: find_other(text, folder), None),
    }
    _check_part(attributes, cells)
    return attributes


def _check_part(attributes: Mapping[str, Any], cells: RowCells) -> None:
    start_s, end_s = attributes["start_s"], attributes["end_s"]
    if end_s is not None and end_s <= (start_s or 0.0):
        after = "0 s" if start_s is None else f"start_s ({start_s:g})"
        cells.complain("end_s", f"must be after {after}, not {end_s:g}")
    of_video = [name for name in ("mirrored", "face", "start_s", "end_s") if attributes[name]]
    if of_video and is_track_file(attributes["clip"]):
        cells.complain(of_video[0], "must be empty for a saved track; give the clip itself")


def _parse_text(column: str, text: str) -> str:
    text = " ".join(text.split())
    if column in ("patient", "visit", "task", "note"):
        identity: dict[str, Any] = {column: text}
        try:
            Recording(**identity)
        except ValueError as error:
            raise ValueError(str(error).removeprefix(f"{column} ")) from None
    elif printable(text) != text:
        raise ValueError(f"must have no control characters, as in {quote(text)}")
    return text


def parse_flag(text: str) -> bool:
    """Return whether a cell says yes."""
    word = text.casefold()
    if word not in YES | NO:
        raise ValueError(f"must be yes or no, not {quote(text)}")
    return word in YES


def parse_side(text: str) -> str:
    """Return the side a cell names."""
    side = _SIDES.get(text.casefold())
    if side is None:
        raise ValueError(f"must be left or right, the subject's own, not {quote(text)}")
    return side


def parse_count(text: str) -> int:
    """Return a whole number from 1 on."""
    number = parse_number(text)
    if number < 1 or number != int(number):
        raise ValueError(f"must be 1, 2, 3, ..., not {quote(text)}")
    return int(number)


def parse_number(text: str) -> float:
    """Return a number from 0 on, whose decimal sign is a point or a comma."""
    if ":" in text:
        raise ValueError(f"must be in seconds, such as 65.5, not {quote(text)}")
    if _THOUSANDS.fullmatch(text):
        raise ValueError(
            f"{quote(text)} may be {text.replace(',', '')} or {text.replace(',', '.', 1)}; write "
            "it without a comma"
        )
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf or "_" in text:
        raise ValueError(f"must be a number, 0 or above and without a unit, not {quote(text)}")
    return number


def parse_date(text: str) -> str:
    """Return a date, or date and time, in ISO 8601, from the forms that spreadsheets show."""
    day_text, _, time_text = text.replace("T", " ", 1).partition(" ")
    year, month, day = _split_date(day_text, text)
    try:
        iso = date(year, month, day).isoformat()
        if not time_text:
            return Recording(date=iso).date
        if match := _TIME_OF_DAY.fullmatch(time_text):
            hour, minute, second = (int(part or 0) for part in match.groups())
            return datetime(year, month, day, hour, minute, second).isoformat()
        return Recording(date=f"{iso}T{time_text}").date
    except ValueError:
        raise ValueError(f"{quote(text)} is no date; write it as 2026-11-26") from None


def _split_date(day_text: str, text: str) -> tuple[int, int, int]:
    if match := _YEAR_FIRST.fullmatch(day_text):
        return int(match[1]), int(match[2]), int(match[3])
    if match := _DAY_FIRST.fullmatch(day_text):
        return int(match[3]), int(match[2]), int(match[1])
    if match := _EITHER_FIRST.fullmatch(day_text):
        first, second, year = (int(part) for part in match.groups())
        if first <= 12 and second <= 12 and first != second:
            raise ValueError(
                f"{quote(text)} may be {year}-{first:02}-{second:02} or {year}-{second:02}-"
                f"{first:02}; write the one that is meant"
            )
        return (year, second, first) if first > 12 else (year, first, second)
    if _NUMBER_OF_DAY.fullmatch(text):
        raise ValueError(f"{text} is Excel's number of a day; format the column as a date")
    raise ValueError(f"{quote(text)} is no date; write it as 2026-11-26")


def find_clip(text: str, folder: Path) -> Path:
    """Return the clip that a cell names, if it is there and may be one."""
    if not text:
        raise ValueError("is empty; name the file, or remove the row")
    path, status = _find(text, folder)
    if stat.S_ISDIR(status.st_mode):
        raise ValueError(f"{path} is a folder; give each clip in it a row")
    if path.suffix.lower() in _NOT_CLIPS or not stat.S_ISREG(status.st_mode):
        raise ValueError(f"{path} is no video; name the clip itself")
    if not status.st_size:
        raise ValueError(f"{path} is empty; copy it again, or remove the row")
    return path


def _find_ratings(text: str, folder: Path, require_files: bool) -> tuple[Path, ...]:
    names = [name for part in text.split(";") if (name := part.strip())]
    if require_files:
        return tuple(_find(name, folder)[0] for name in names)
    return tuple(_find_or_name(name, folder) for name in names)


def _find_file(text: str, folder: Path) -> Path:
    return _find(text, folder)[0]


def _find_or_name(text: str, folder: Path) -> Path:
    """Return the file that a cell names, whether it is there or not."""
    try:
        return _find(text, folder)[0]
    except ValueError:
        return folder / text


def _find(text: str, folder: Path) -> tuple[Path, os.stat_result]:
    """Return the file that a cell names, and its status."""
    text = text.strip('"').strip()  # Windows copies paths in quotes
    for name in _spellings(text):
        path = Path(os.path.normpath(folder / name))
        try:
            status = path.stat()
            if not os.access(path, os.R_OK):
                raise PermissionError(0, "permission denied")
            return path, status
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ValueError(f"cannot read {path} ({reason}); check its rights") from None
    raise ValueError(f"there is no {folder / text}; correct the path, or remove the row")


def _spellings(text: str) -> Iterator[str]:
    """Yield a path as it may be spelled on the computer that the files are on now."""
    paths = dict.fromkeys([text, text.replace("\\", "/")])
    yield from paths
    for form in ("NFC", "NFD"):  # é as one character, or as two, as macOS has it
        for path in paths:
            if (spelled := unicodedata.normalize(form, path)) != path:
                yield spelled


def relative_path(path: Path, folder: Path) -> str:
    """Return a path as a table in a folder names it, so that both can be moved together."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # on another drive of Windows
        return str(path)
