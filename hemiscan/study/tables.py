"""The pooled tables of a study, and what their columns mean."""

from __future__ import annotations

import csv as csv_files
import math
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hemiscan._closing import Closing
from hemiscan._extra import needs_extra
from hemiscan.errors import ResultFileError
from hemiscan.results.body import BODY_EPISODES_NAME, load_limb_episodes
from hemiscan.results.load import load_blinks, load_episodes, load_summary
from hemiscan.results.tables import BLINK_COLUMNS as BLINK_FIELDS
from hemiscan.results.tables import EPISODE_COLUMNS as EPISODE_FIELDS
from hemiscan.review import load_reviewed
from hemiscan.study._body_tables import BODY_TABLES, body_rows, clip_values
from hemiscan.study._body_tables import CLIP_COLUMNS as BODY_CLIP_COLUMNS
from hemiscan.study._columns import (
    BLINK_COLUMNS,
    CLIP_COLUMNS,
    EPISODE_COLUMNS,
    KEY_COLUMNS,
    N_COLUMNS_BEFORE_EXTRA,
    WARNINGS_COLUMN,
    Column,
    find_value,
)
from hemiscan.study._manifest_row import relative_path
from hemiscan.study._state import RECORDINGS_NAME, ClipState
from hemiscan.study.manifest import COLUMNS as MANIFEST_COLUMNS
from hemiscan.study.overview import RecordingOverview, describe_missing, describe_recording

if TYPE_CHECKING:
    from hemiscan.body import LimbEpisode
    from hemiscan.clinical.summary import Summary
    from hemiscan.episodes.events import Blink, Episode
    from hemiscan.study.manifest import ManifestRow

DICTIONARY_NAME = "columns.csv"

_ROWS_AT_ONCE = 5_000
"""Rows of a table that are held in memory, and make a row group of it."""

_SEPARATOR = " | "


def table_names(*, csv: bool = False, body: bool = False) -> list[str]:
    """Return the names of the files that `save_tables` writes.

    Parameters
    ----------
    csv : bool, optional
        With the tables as CSV.
    body : bool, optional
        With those of the body, which are written where a recording holds one.
    """
    tables = ("clips", "episodes", "blinks", *(BODY_TABLES if body else ()))
    texts = [f"{table}.csv" for table in tables] if csv else []
    return [*(f"{table}.parquet" for table in tables), *texts, DICTIONARY_NAME]


def save_tables(
    folder: Path,
    directory: Path,
    rows: Sequence[ManifestRow],
    clips: Sequence[ClipState],
    *,
    csv: bool = False,
    reviewed: bool = False,
) -> tuple[list[RecordingOverview], dict[int, str]]:
    """Write the tables of a study: of its clips, their episodes and their blinks.

    Where a recording holds a body, there are tables of the limbs too, and columns of the body
    in that of the clips. The results are read one after the other, and never more than a few
    thousand rows are held.

    Parameters
    ----------
    folder : Path
        Where to write.
    directory : Path
        Of the study, with the results in ``recordings/``.
    rows : sequence of ManifestRow
    clips : sequence of ClipState
        What came of each row.
    csv : bool, optional
        Also write them as CSV.
    reviewed : bool, optional
        Whether episodes and measures are as reviewed instead of as detected.

    Returns
    -------
    recordings : list of RecordingOverview
        What the study's pages show of each row.
    unreadable : dict of int to str
        What is wrong with results that cannot be read, by the number of the row from 0. Such a
        clip is one that failed, also in the table.

    Raises
    ------
    HemiscanError
        If PyArrow is not installed.
    OSError
        If a file cannot be written.
    """
    has_body = _has_body(directory, clips)
    extra = _extra_columns(rows, BODY_CLIP_COLUMNS if has_body else ())
    columns = _table_columns(extra, has_body=has_body)
    recordings: list[RecordingOverview] = []
    unreadable: dict[int, str] = {}
    nothing = _Results({}, {})
    with ExitStack() as stack:
        tables = {
            name: stack.enter_context(TableWriter(folder / name, own, csv=csv))
            for name, own in columns.items()
        }
        for number, (row, clip) in enumerate(zip(rows, clips, strict=True)):
            manifest = _manifest_values(row, clip, directory)
            manifest |= {column.name: row.extra.get(name) for name, column in extra.items()}
            results = directory / RECORDINGS_NAME / clip.folder
            found, overview = nothing, describe_missing(row, clip)
            if clip.status == "done":
                try:
                    loaded = _load_results(results, reviewed=reviewed)
                    found = _tabulate(loaded)
                    overview = describe_recording(row, clip.folder, loaded.summary, loaded.episodes)
                except ResultFileError as error:
                    unreadable[number] = str(error)
                    manifest["status"] = "failed"
                    failed = replace(clip, status="failed", error=str(error))
                    overview = describe_missing(row, failed)
            recordings.append(overview)
            tables["clips"].add(manifest | found.measures)
            key = {column.name: manifest[column.name] for column in KEY_COLUMNS}
            for name, own_rows in found.rows.items():
                for own_row in own_rows:
                    tables[name].add(key | own_row)
    save_dictionary(folder / DICTIONARY_NAME, columns)
    return recordings, unreadable


def _has_body(directory: Path, clips: Sequence[ClipState]) -> bool:
    """Whether a recording holds a body: reading all summaries twice would take long."""
    results = (directory / RECORDINGS_NAME / clip.folder for clip in clips if clip.status == "done")
    return any((folder / BODY_EPISODES_NAME).is_file() for folder in results)


def _table_columns(extra: Mapping[str, Column], *, has_body: bool) -> dict[str, tuple[Column, ...]]:
    """Return the columns of each table."""
    before, after = CLIP_COLUMNS[:N_COLUMNS_BEFORE_EXTRA], CLIP_COLUMNS[N_COLUMNS_BEFORE_EXTRA:]
    return {
        "clips": (*before, *extra.values(), *after, *(BODY_CLIP_COLUMNS if has_body else ())),
        "episodes": EPISODE_COLUMNS,
        "blinks": BLINK_COLUMNS,
        **(BODY_TABLES if has_body else {}),
    }


@dataclass(frozen=True)
class _Results:
    """What the tables hold of one recording, by the names of their columns.

    Attributes
    ----------
    measures : dict of str to object
        Of its row in the table of clips.
    rows : dict of str to sequence of dict
        Those in the other tables, by the names of these.
    """

    measures: dict[str, Any]
    rows: Mapping[str, Sequence[dict[str, Any]]]


class _Loaded(NamedTuple):
    """What the files of a recording tell."""

    summary: Summary
    episodes: Sequence[Episode]
    blinks: Sequence[Blink]
    limb_episodes: Sequence[LimbEpisode]


def _load_results(directory: Path, *, reviewed: bool) -> _Loaded:
    if reviewed:
        findings = load_reviewed(directory)
        limb_episodes = () if findings.body is None else findings.body.episodes
        return _Loaded(findings.summary, findings.episodes, findings.blinks, limb_episodes)
    summary = load_summary(directory)
    episodes, blinks, limbs = (
        directory / name for name in ("episodes.csv", "blinks.csv", BODY_EPISODES_NAME)
    )
    return _Loaded(
        summary,
        load_episodes(episodes),
        load_blinks(blinks),
        () if summary.body is None else load_limb_episodes(limbs),
    )


def _tabulate(loaded: _Loaded) -> _Results:
    summary = loaded.summary.to_dict()
    measures = {
        column.name: find_value(summary, column.path) for column in CLIP_COLUMNS if column.path
    }
    recording = summary["recording"]
    # Where the manifest does not tell the date, the clip may.
    measures |= {"date": recording["date"], "sha256": recording["sha256"]}
    measures[WARNINGS_COLUMN.name] = _SEPARATOR.join(summary["warnings"])
    signs = {sign["episode"]: sign for sign in summary["episodes"]["signs"]}
    episodes = [
        {name: getattr(episode, name) for name in EPISODE_FIELDS}
        | {"regions": "+".join(episode.regions)}
        | signs.get(number, {})
        | {"episode": number}
        for number, episode in enumerate(loaded.episodes, start=1)
    ]
    blinks = [
        {"blink": number, **{name: getattr(blink, name) for name in BLINK_FIELDS}}
        for number, blink in enumerate(loaded.blinks, start=1)
    ]
    rows: dict[str, Sequence[dict[str, Any]]] = {"episodes": episodes, "blinks": blinks}
    if loaded.summary.body is not None:
        measures |= clip_values(loaded.summary.body)
        rows |= body_rows(loaded.summary.body, loaded.limb_episodes)
    return _Results(measures, rows)


def _manifest_values(row: ManifestRow, clip: ClipState, directory: Path) -> dict[str, Any]:
    """Return what the manifest says of a clip."""
    values = {name: getattr(row, name) for name in MANIFEST_COLUMNS}
    return values | {
        "recording": clip.folder,
        "status": clip.status,
        "clip": row.clip.name,
        "sha256": clip.sha256 if clip.status == "done" else None,
        "date_source": "given" if row.date else None,
        "face": row.face or 1,
        "ratings": ";".join(relative_path(path, directory) for path in row.ratings),
        "segments": "" if row.segments is None else relative_path(row.segments, directory),
    }


def _extra_columns(rows: Sequence[ManifestRow], of_body: Sequence[Column]) -> dict[str, Column]:
    """Return the columns of the manifest that hemiscan does not know, by their names there."""
    # DuckDB takes names that differ in case alone for one.
    taken = {column.name.casefold() for column in (*CLIP_COLUMNS, *of_body)}
    extra: dict[str, Column] = {}
    for name in dict.fromkeys(name for row in rows for name in row.extra):
        unique = name or "unnamed"
        while unique.casefold() in taken:
            unique = f"manifest_{unique}"
        taken.add(unique.casefold())
        extra[name] = Column(unique, "string", "", "carried along from the manifest")
    return extra


def save_dictionary(path: Path, columns: Mapping[str, Sequence[Column]]) -> None:
    """Write what every column of every table means, as CSV.

    Parameters
    ----------
    path : Path
    columns : mapping of str to sequence of Column
        By the name of their table.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv_files.writer(file, lineterminator="\n")
        writer.writerow(("table", "name", "type", "unit", "meaning"))
        for table, own in columns.items():
            writer.writerows((table, c.name, c.type, c.unit, c.meaning) for c in own)


class TableWriter(Closing):
    """Writes a table row by row, as Parquet and, where wanted, as CSV.

    Parameters
    ----------
    path : Path
        Without a suffix.
    columns : sequence of Column
    csv : bool
    """

    def __init__(self, path: Path, columns: Sequence[Column], *, csv: bool) -> None:
        with needs_extra("a study", "pyarrow", "study"):
            import pyarrow as pa
            from pyarrow.csv import CSVWriter, WriteOptions
            from pyarrow.parquet import ParquetWriter
        types = {"string": pa.string(), "double": pa.float64(), "int64": pa.int64()}
        types["bool"] = pa.bool_()
        self._schema = pa.schema([(column.name, types[column.type]) for column in columns])
        self._rows: list[list[Any]] = []
        self._writers: list[Any] = [ParquetWriter(path.with_suffix(".parquet"), self._schema)]
        if csv:
            options = WriteOptions(quoting_style="needed")
            self._writers.append(
                CSVWriter(path.with_suffix(".csv"), self._schema, write_options=options)
            )

    def add(self, row: Mapping[str, Any]) -> None:
        """Add a row: values by the names of the columns; others are left out."""
        self._rows.append([_known(row.get(name)) for name in self._schema.names])
        if len(self._rows) >= _ROWS_AT_ONCE:
            self._flush()

    def close(self) -> None:
        """Write what is left, and end the files."""
        try:
            self._flush()
        finally:
            for writer in self._writers:
                writer.close()

    def _flush(self) -> None:
        import pyarrow as pa

        if not self._rows:
            return
        columns = zip(*self._rows, strict=True)
        arrays = [
            pa.array(values, type=field.type)
            for values, field in zip(columns, self._schema, strict=True)
        ]
        table = pa.Table.from_arrays(arrays, schema=self._schema)
        for writer in self._writers:
            writer.write_table(table)
        self._rows.clear()


def _known(value: Any) -> Any:
    """Return a value, None for all that means not known."""
    if value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    return value
