"""Tables for pandas, R, DuckDB and the like: Parquet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from hemiscan._extra import needs_extra
from hemiscan.body import Coincidence, LimbComparison, LimbEpisode, LimbMeasures
from hemiscan.export._limbs import rows_table
from hemiscan.export._output import new_files
from hemiscan.results import HAND_COLUMNS, blinks_table, body_table, episodes_table, frames_table

if TYPE_CHECKING:
    from hemiscan.body import BodyFindings
    from hemiscan.findings import Findings

_BODY_NAMES = ("body", "limbs", "limb_episodes", "limb_coincidences", "limb_comparisons")
_NAMES = ("clips", "episodes", "blinks", "frames", *_BODY_NAMES)
_IDENTITY = ("patient", "visit", "task")
_COMPRESSION = "zstd"


def export_parquet(
    recordings: Iterable[tuple[str, Findings]], directory: str | Path, *, overwrite: bool = False
) -> list[Path]:
    """Write the tables of recordings as Parquet.

    Parameters
    ----------
    recordings : iterable of (str, Findings)
        Each with a name of its own. Taken one by one: only one is held in memory.
    directory : str or Path
        Made if missing.
    overwrite : bool, optional
        Whether files of the same names may be replaced.

    Returns
    -------
    list of Path
        ``clips.parquet`` (facts and measures of each recording, named like their places in
        ``summary.json``), ``episodes.parquet``, ``blinks.parquet`` and ``frames.parquet``. Where
        the body was followed in a recording also ``body.parquet`` (the rows of ``body.csv``),
        ``limb_episodes.parquet``, and the lists in ``body`` of ``summary.json``:
        ``limbs.parquet``, ``limb_coincidences.parquet`` and ``limb_comparisons.parquet``, whose
        ``segment_task`` is the task in which both sides are compared. Each row begins with
        ``recording``, ``patient``, ``visit`` and ``task``.

    Raises
    ------
    HemiscanError
        If pyarrow is not installed, or if there is such a file already or it cannot be
        written.
    """
    with needs_extra("Parquet", "pyarrow"):
        import pyarrow as pa
        from pyarrow.parquet import ParquetWriter

    writers: dict[str, Any] = {}

    def write(name: str, frame: pd.DataFrame) -> None:
        table = pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata()
        if name not in writers:
            path = staging / f"{name}.parquet"
            writer = ParquetWriter(path, table.schema, compression=_COMPRESSION)
            writers[name] = stack.enter_context(writer)
        writers[name].write_table(table.cast(writers[name].schema))

    with new_files(directory, overwrite=overwrite) as staging, ExitStack() as stack:
        clips = []
        for name, findings in recordings:
            key = {"recording": name} | {of: getattr(findings.recording, of) for of in _IDENTITY}
            clips.append(key | dict(_flatten(_facts(findings))))
            for table_name, frame in _tables(key, findings).items():
                write(table_name, frame)
        # Those of a live run, or as reviewed, have facts that others have not.
        write("clips", pd.DataFrame(clips))
    return [Path(directory) / f"{name}.parquet" for name in _NAMES if name in writers]


def _facts(findings: Findings) -> dict[str, Any]:
    facts = findings.summary.to_dict()
    del facts["config"]
    return facts


def _tables(key: Mapping[str, str], findings: Findings) -> dict[str, pd.DataFrame]:
    """Return the tables of a recording, whose columns have the same types for all."""
    tables = {
        "episodes": episodes_table(findings.episodes).astype({"side": "string", "kind": "string"}),
        "blinks": blinks_table(findings.blinks),
        "frames": frames_table(findings),
        **({} if findings.body is None else _body_tables(findings.body)),
    }
    for table in tables.values():
        for place, (column, value) in enumerate(key.items()):
            table.insert(place, column, pd.Series([value] * len(table), dtype="string"))
    return tables


def _body_tables(body: BodyFindings) -> dict[str, pd.DataFrame]:
    measures, movement = body.measures, body_table(body)
    for name in HAND_COLUMNS:
        if name not in movement:  # fingers may have been followed in other recordings
            movement[name] = np.nan
    comparisons = rows_table(LimbComparison, measures.comparisons)
    tables = (
        movement,
        rows_table(LimbMeasures, measures.limbs),
        rows_table(LimbEpisode, body.episodes),
        rows_table(Coincidence, measures.coincidences),
        # ``task`` is what the whole recording was made for.
        comparisons.rename(columns={"task": "segment_task"}),
    )
    return dict(zip(_BODY_NAMES, tables, strict=True))


def _flatten(values: Mapping[str, Any], *parents: str) -> Iterable[tuple[str, Any]]:
    """Return the single values of nested ones, by their names joined with ``_``.

    Intervals become ``_low`` and ``_high``, texts in a list one text; other lists are left
    out, as they are tables of their own.
    """
    for name, value in values.items():
        path = (*parents, name)
        if isinstance(value, Mapping):
            yield from _flatten(value, *path)
        elif name.endswith("_ci95"):
            for limit, number in zip(("low", "high"), value, strict=True):
                yield "_".join((*path, limit)), float(number)
        elif name == "warnings":
            yield "_".join(path), " | ".join(value)
        elif isinstance(value, (str, bool, int, float)):
            yield "_".join(path), value
