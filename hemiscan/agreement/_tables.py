"""Annotations in tables: plain CSV and what BORIS exports."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hemiscan.agreement._labels import kind_of, side_of
from hemiscan.agreement.metrics import Annotation
from hemiscan.episodes.events import Kind, Side

# Names of columns in lower case, signs replaced by "_": the first one present counts.
# BORIS writes dates into columns called "Start time" and "Stop time", beside "Start (s)".
_START = ("start_s", "start", "onset_s", "onset", "begin_s", "begin", "start_time", "begin_time")
_END = ("end_s", "end", "stop_s", "stop", "offset_s", "offset", "end_time", "stop_time")
_DURATION = ("duration_s", "duration")
_SIDE = ("side", "laterality")
_KIND = ("kind",)
_LABEL = re.compile(r"behaviou?r|modifiers?(_\d+)?|behavioral_category|label|event|annotation")
_TIME = ("time", "time_s")
_STATUS = ("status", "behavior_type")
_OBSERVATION = ("observation_id",)


def parse_table(text: str) -> list[tuple[str, Annotation]]:
    """Read annotations from a table whose fields are split by tab, semicolon or comma.

    Understood are

    - one row an annotation: start and end, or start and duration, with a side and
      perhaps a kind in columns of their own or named in a label; BORIS's aggregated
      events are of this form;
    - BORIS's tabular events, one row for each START and STOP.

    Parameters
    ----------
    text : str
        Empty, or the header alone, where nothing was annotated. Times are seconds,
        with a decimal point or comma, or ``minutes:seconds``.

    Returns
    -------
    list of (str, Annotation)
        Each with its place in the text, for messages.

    Raises
    ------
    ValueError
        In words that follow the name of the file.
    """
    if not text.strip():
        return []
    for delimiter in "\t;,":
        rows = _rows(text, delimiter)
        for index, row in enumerate(rows):
            columns = _Columns.of([_normalized(name) for name in row.cells])
            if columns is not None:
                return list(columns.read(rows[index + 1 :]))
    found = " ".join(text.split("\n", 1)[0].split())[:80]
    raise ValueError(
        f"row 1: expected columns start_s, end_s and side, not {found!r}; give a CSV file with "
        "these, an ELAN file (.eaf), or events exported by BORIS as CSV or TSV"
    )


@dataclass(frozen=True)
class _Row:
    number: int
    cells: Sequence[str]

    @property
    def place(self) -> str:
        return f"row {self.number}"

    def cell(self, index: int | None) -> str:
        """Return a cell; empty where the row is too short, or there is no such column."""
        return self.cells[index].strip() if index is not None and index < len(self.cells) else ""

    def seconds(self, index: int | None, what: str) -> float:
        text = self.cell(index)
        try:
            return _seconds(text)
        except ValueError:
            raise ValueError(
                f"{self.place}: {what} must be a time in seconds, not {text!r}"
            ) from None


@dataclass(frozen=True)
class _Columns:
    """Where the columns of a table are; None for those that it lacks."""

    start: int | None
    end: int | None
    duration: int | None
    time: int | None
    status: int | None
    side: int | None
    kind: int | None
    observation: int | None
    labels: tuple[int, ...]

    @classmethod
    def of(cls, names: Sequence[str]) -> _Columns | None:
        """Return the columns of a header; None if this row is not one."""

        def find(candidates: Sequence[str]) -> int | None:
            return next((names.index(name) for name in candidates if name in names), None)

        columns = cls(
            start=find(_START),
            end=find(_END),
            duration=find(_DURATION),
            time=find(_TIME),
            status=find(_STATUS),
            side=find(_SIDE),
            kind=find(_KIND),
            observation=find(_OBSERVATION),
            labels=tuple(i for i, name in enumerate(names) if _LABEL.fullmatch(name)),
        )
        sided = columns.side is not None or columns.labels
        return columns if sided and (columns.has_spans or columns.has_changes) else None

    @property
    def has_spans(self) -> bool:
        return self.start is not None and (self.end is not None or self.duration is not None)

    @property
    def has_changes(self) -> bool:
        return self.time is not None and self.status is not None

    def read(self, rows: Sequence[_Row]) -> Iterator[tuple[str, Annotation]]:
        observations = {row.cell(self.observation) for row in rows}
        if len(observations) > 1:
            raise ValueError(
                f"holds {len(observations)} observations ({', '.join(sorted(observations))}); "
                "export them one by one"
            )
        return self._read_spans(rows) if self.has_spans else self._read_changes(rows)

    def _read_spans(self, rows: Sequence[_Row]) -> Iterator[tuple[str, Annotation]]:
        for row in rows:
            self._refuse_point(row)
            start_s = row.seconds(self.start, "start")
            if self.end is not None:
                end_s = row.seconds(self.end, "end")
            else:
                end_s = start_s + row.seconds(self.duration, "duration")
            yield row.place, self._annotation(row, start_s, end_s)

    def _read_changes(self, rows: Sequence[_Row]) -> Iterator[tuple[str, Annotation]]:
        """Pair each START with the STOP of the same behaviour, its modifiers included."""
        open_rows: dict[str, _Row] = {}
        for row in rows:
            self._refuse_point(row)
            status = row.cell(self.status).upper()
            what = " / ".join(filter(None, (row.cell(i) for i in (self.side, *self.labels))))
            if status == "START" and what not in open_rows:
                open_rows[what] = row
            elif status == "STOP" and what in open_rows:
                start = open_rows.pop(what)
                start_s, end_s = (r.seconds(self.time, "time") for r in (start, row))
                yield start.place, self._annotation(start, start_s, end_s)
            elif status in ("START", "STOP"):
                other = "STOP" if status == "START" else "START"
                raise ValueError(f"{row.place}: {status} of {what!r} without {other} before it")
            else:
                raise ValueError(f"{row.place}: status must be START or STOP, not {status!r}")
        for what, row in open_rows.items():
            raise ValueError(f"{row.place}: START of {what!r} is never followed by its STOP")

    def _refuse_point(self, row: _Row) -> None:
        if row.cell(self.status).upper() == "POINT":
            raise ValueError(
                f"{row.place}: a point event has no duration; code spasms as state events, and "
                "export only these"
            )

    def _annotation(self, row: _Row, start_s: float, end_s: float) -> Annotation:
        try:
            return Annotation(start_s, end_s, self._side(row), self._kind(row))
        except ValueError as error:
            raise ValueError(f"{row.place}: {error}") from None

    def _side(self, row: _Row) -> Side:
        indices = self.labels if self.side is None else (self.side,)
        texts = [row.cell(index) for index in indices]
        side = side_of(*texts)
        if side is None:
            given = " / ".join(text for text in texts if text) or "empty"
            raise ValueError(
                f"side must be left or right, not {given!r}; give each side its own row"
            )
        return side

    def _kind(self, row: _Row) -> Kind | None:
        if self.kind is None:
            return kind_of(*(row.cell(index) for index in self.labels))
        text = row.cell(self.kind)
        kind = kind_of(text)
        if kind is None and text:
            raise ValueError(f"kind must be clonic, tonic or empty, not {text!r}")
        return kind


def _rows(text: str, delimiter: str) -> list[_Row]:
    """Return the rows that hold anything, numbered by line; those after a # are remarks."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [
            _Row(reader.line_num, cells)
            for cells in reader
            if any(cell.strip() for cell in cells) and not cells[0].startswith("#")
        ]
    except csv.Error as error:
        raise ValueError(f"row {reader.line_num}: {error}") from None


def _normalized(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _seconds(text: str) -> float:
    """Read seconds, or hours and minutes before them; raise ValueError for anything else."""
    *larger, seconds = text.split(":")
    if len(larger) > 2:
        raise ValueError(text)
    total = 0.0
    for part in larger:
        total = 60.0 * (total + int(part))
    return total + float(seconds.replace(",", "."))
