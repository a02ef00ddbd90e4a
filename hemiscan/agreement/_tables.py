"""Annotations in tables: plain ones, and those that BORIS and ELAN export."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from hemiscan._rows import Row, text_rows
from hemiscan._text import quote
from hemiscan.agreement._coding import CodedEvent, Coding, parse_seconds
from hemiscan.agreement._elan import is_elan_header, parse_elan_export
from hemiscan.agreement._labels import split_rater

# Names of columns in small letters, signs replaced by "_", without their unit: the first one
# present counts. BORIS writes dates into columns called "Start time" and "Stop time", beside
# "Start (s)".
_START = ("start", "onset", "begin", "beginn", "anfang", "inicio", "debut", "inizio",
          "start_time", "begin_time")  # fmt: skip
_END = ("end", "stop", "offset", "ende", "fin", "fine", "end_time", "stop_time")
_DURATION = ("duration", "dauer", "duree", "duracion", "durata")
_TIME = ("time",)
_STATUS = ("status", "behavior_type", "behaviour_type", "event_type")
_SIDE = ("side", "laterality", "seite", "cote", "lado", "lato", "eye", "auge")
_KIND = ("kind", "art", "tipo")
_CODE = ("behavior", "behaviour", "code", "label", "event", "annotation", "tier")
_RATER = ("rater", "coder", "observer", "annotator", "rated_by", "coded_by")
_OBSERVATION = ("observation_id",)
_MEDIA = ("media_file_name", "media_file", "media_file_path", "source", "clip", "video")
_CONTEXT = ("behavioral_category", "subject")
_MODIFIER = re.compile(r"modifiers?(_\d+)?")
_UNIT = re.compile(r"_(s|secs?|seconds?|sekunden|ms|msec|milliseconds?)$")
_PLAYER = re.compile(r"^player ?#\d+: ?")

_HEADER_WITHIN = 200
"""Rows of a preamble that may come before the header."""
_NOTHING = {"", "none", "na", "nan", "not defined", "no focal subject"}
"""What BORIS writes where there is nothing."""


def parse_table(text: str) -> Coding | None:
    """Parse a table whose fields are split by tab, semicolon or comma.

    Parameters
    ----------
    text : str
        Empty, or the header alone, where nothing was annotated.

    Returns
    -------
    Coding or None
        None if it is no table of events; see `parse_rows`.

    Raises
    ------
    ValueError
        In words that follow the name of the file.
    """
    for delimiter in "\t;,":
        head = list(islice(text_rows(text, delimiter), _HEADER_WITHIN))
        if any(is_elan_header(row.cells) or _Columns.of(row.cells) for row in head):
            return parse_rows(list(text_rows(text, delimiter)))
    return parse_elan_export(list(text_rows(text, "\t")))


def parse_rows(rows: Sequence[Row]) -> Coding | None:
    """Parse the rows of a table.

    Understood are

    - one row an event: start and end, or start and duration, with a side, and perhaps a
      kind, a label or a rater, in columns of their own, or with a label that names the
      side; BORIS's aggregated events are of this form;
    - BORIS's tabular events, one row for each START and STOP.

    Parameters
    ----------
    rows : sequence of Row

    Returns
    -------
    Coding or None
        None if no row is a header with such columns.
    """
    for index, row in enumerate(rows[:_HEADER_WITHIN]):
        if is_elan_header(row.cells):
            return parse_elan_export(rows[index:])
        columns = _Columns.of(row.cells)
        if columns is not None:
            return columns.parse(rows[index + 1 :])
    return None


@dataclass(frozen=True)
class _Column:
    """A column, and what its numbers are multiplied by; index -1 where there is none."""

    index: int = -1
    unit_s: float = 1.0

    def __bool__(self) -> bool:
        return self.index >= 0

    def of(self, row: Row) -> str:
        """Return its cell in a row."""
        return row.cell(self.index)

    def seconds(self, row: Row, what: str) -> float:
        """Return the time in a row."""
        text = self.of(row)
        try:
            return parse_seconds(text, unit_s=self.unit_s)
        except ValueError:
            raise ValueError(f"{what} must be a time in seconds, not {quote(text)}") from None


@dataclass(frozen=True)
class _Columns:
    """Where the columns of a table are."""

    start: _Column
    end: _Column
    duration: _Column
    time: _Column
    status: _Column
    side: _Column
    kind: _Column
    code: _Column
    rater: _Column
    observation: _Column
    media: _Column
    values: tuple[_Column, ...]
    context: tuple[_Column, ...]

    @classmethod
    def of(cls, header: Sequence[str]) -> _Columns | None:
        """Return the columns of a header; None if this row is not one."""
        names: dict[str, _Column] = {}
        for index, cell in enumerate(header):
            name = re.sub(r"[^a-z0-9]+", "_", cell.lower()).strip("_")
            unit = _UNIT.search(name)
            unit_s = 1e-3 if unit and unit[1].startswith("m") else 1.0
            names.setdefault(name, _Column(index, unit_s))
            names.setdefault(_UNIT.sub("", name), _Column(index, unit_s))

        def find(candidates: Iterable[str]) -> _Column:
            return next((names[name] for name in candidates if name in names), _Column())

        modifiers = (column for name, column in names.items() if _MODIFIER.fullmatch(name))
        columns = cls(
            start=find(_START),
            end=find(_END),
            duration=find(_DURATION),
            time=find(_TIME),
            status=find(_STATUS),
            side=find(_SIDE),
            kind=find(_KIND),
            code=find(_CODE),
            rater=find(_RATER),
            observation=find(_OBSERVATION),
            media=find(_MEDIA),
            values=tuple(modifiers),
            context=tuple(names[name] for name in _CONTEXT if name in names),
        )
        sided = columns.side or columns.code
        return columns if sided and (columns.has_spans or columns.has_changes) else None

    @property
    def has_spans(self) -> bool:
        return bool(self.start and (self.end or self.duration))

    @property
    def has_changes(self) -> bool:
        return bool(self.time and self.status)

    @property
    def is_boris(self) -> bool:
        return bool(self.observation or (self.has_changes and not self.has_spans))

    def parse(self, rows: Sequence[Row]) -> Coding:
        """Parse the rows below the header."""
        events = list(self._spans(rows) if self.has_spans else self._changes(rows))
        codes: dict[str, set[str]] = {}
        for event in events:
            codes.setdefault(event.code, set()).add(event.rater)
        observations: dict[str, set[str]] = {}
        for row in rows:
            media = _file_names(self.media.of(row))
            observations.setdefault(self._observation(row), set()).update(media)
        raters = {event.rater for event in events}
        if self.rater:
            codes = {code: set(raters) for code in codes}
        kind = "aggregated" if self.has_spans else "tabular"
        return Coding(
            f"BORIS, {kind} events" if self.is_boris else "table",
            "behaviour" if self.is_boris else "label",
            events,
            codes,
            observations=observations,
            has_sides=bool(self.side) and not self.is_boris,
        )

    def _observation(self, row: Row) -> str:
        if self.observation:
            return self.observation.of(row)
        # A table of several clips has no other name for what was watched.
        return self.media.of(row)

    def _spans(self, rows: Sequence[Row]) -> Iterator[CodedEvent]:
        for row in rows:
            try:
                start_s = self.start.seconds(row, "start")
                if self.end:
                    end_s = self.end.seconds(row, "end")
                else:
                    end_s = start_s + self.duration.seconds(row, "duration")
            except ValueError as error:
                yield self._event(row, problem=str(error))
            else:
                yield self._event(row, start_s, end_s)

    def _changes(self, rows: Sequence[Row]) -> Iterator[CodedEvent]:
        """Pair each START with the STOP of the same behaviour of the same observation."""
        running: dict[tuple[str, ...], Row] = {}
        for row in rows:
            key = tuple(
                column.of(row) for column in (self.observation, self.code, self.side, self.rater)
            ) + tuple(column.of(row) for column in (*self.values, *self.context))
            status = self.status.of(row).upper()
            if status == "START" and key not in running:
                running[key] = row
            elif status == "STOP" and key in running:
                start = running.pop(key)
                try:
                    span = [self.time.seconds(of, "time") for of in (start, row)]
                except ValueError as error:
                    yield self._event(start, problem=str(error))
                else:
                    yield self._event(start, *span)
            elif status in ("START", "STOP"):
                other = "STOP" if status == "START" else "START"
                yield self._event(row, problem=f"{status} without {other} before it")
            elif status == "POINT":
                yield self._event(row, is_point=True)
            else:
                yield self._event(
                    row, problem=f"status must be START, STOP or POINT, not {quote(status)}"
                )
        for row in running.values():
            yield self._event(row, problem="START is never followed by its STOP")

    def _event(
        self,
        row: Row,
        start_s: float = float("nan"),
        end_s: float = float("nan"),
        *,
        is_point: bool = False,
        problem: str = "",
    ) -> CodedEvent:
        code = self.code.of(row)
        # BORIS has no column of sides: one called so is a variable of the whole observation.
        values, context = (self.side, *self.values), self.context
        if self.is_boris:
            values, context = self.values, (*self.context, self.side)
        return CodedEvent(
            row.place,
            code,
            start_s,
            end_s,
            values=_cells(row, values),
            context=_cells(row, context),
            kind=self.kind.of(row),
            rater=self.rater.of(row) or split_rater(code)[1],
            observation=self._observation(row),
            is_point=is_point or self.status.of(row).upper() == "POINT",
            problem=problem,
        )


def _cells(row: Row, columns: Iterable[_Column]) -> tuple[str, ...]:
    """Return the cells that hold anything; several modifiers are split by a bar."""
    cells = (part.strip() for column in columns for part in column.of(row).split("|"))
    return tuple(cell for cell in cells if cell.lower() not in _NOTHING)


def _file_names(text: str) -> set[str]:
    """Return the names in a cell like ``player #1:a.mp4;b.mp4|player #2:c.mp4``."""
    names = {
        re.split(r"[\\/]", _PLAYER.sub("", name.strip()))[-1] for name in re.split(r"[;|]", text)
    }
    return names - _NOTHING - {"NA"}
