"""The manifest of a study: a table with one row for each clip."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias

from hemiscan._text import quote
from hemiscan.errors import ManifestError
from hemiscan.study._manifest_checks import file_key, find_repeated_clips, find_spellings
from hemiscan.study._manifest_row import RowCells, find_clip, parse_row, relative_path
from hemiscan.study._manifest_table import Table, read_table, write_table

COLUMNS = (
    "clip", "patient", "visit", "date", "task", "mirrored", "face", "start_s", "end_s",
    "treatment", "product", "dose", "treatment_date", "affected_side", "ratings", "segments",
    "note",
)  # fmt: skip
"""The columns of a manifest in their order; only ``clip`` is required."""

AffectedSide: TypeAlias = Literal["left", "right", ""]

_MAX_FOLDER_BYTES = 120
_HASH_DIGITS = 6

_ALIKE = 0.75
"""How alike to a known column's name, 0 to 1, an unknown one is taken for a slip."""


@dataclass(frozen=True)
class ManifestRow:
    """One clip of a study, or one part of it, or one face in it.

    Attributes
    ----------
    line : int
        Number of its row in the spreadsheet, in which the header is commonly row 1.
    clip : Path
        The video or saved track, absolute.
    patient, visit, task, note : str
        See `hemiscan.Recording`; empty where not given, as all texts.
    date : str
        Of the recording, ISO 8601.
    mirrored : bool
        The clip is a mirror image.
    face : int or None
        Which face is followed, see `hemiscan.analyze`.
    start_s, end_s : float or None
        The part to analyse, in seconds from the clip's first frame.
    treatment, product : str
        What the patient was treated with before this visit.
    dose : float or None
        In the units of the product.
    treatment_date : str
        ISO 8601.
    affected_side : {"left", "right", ""}
        The subject's side that the clinic holds for the affected one.
    ratings : tuple of Path
        Raters' annotations of the clip, absolute.
    segments : Path or None
        A table of what the subject was asked to do and when, absolute; see
        `hemiscan.tasks.load_segments`.
    extra : mapping of str to str
        The columns that are none of `COLUMNS`, in their order.
    """

    line: int
    clip: Path
    patient: str = ""
    visit: str = ""
    date: str = ""
    task: str = ""
    mirrored: bool = False
    face: int | None = None
    start_s: float | None = None
    end_s: float | None = None
    treatment: str = ""
    product: str = ""
    dose: float | None = None
    treatment_date: str = ""
    affected_side: AffectedSide = ""
    ratings: tuple[Path, ...] = ()
    segments: Path | None = None
    note: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """The clips of a study.

    Attributes
    ----------
    path : Path
        The table, absolute.
    rows : tuple of ManifestRow
    warnings : tuple of str
        What looks odd about its columns.
    """

    path: Path
    rows: tuple[ManifestRow, ...]
    warnings: tuple[str, ...] = ()


def load_manifest(path: str | Path, *, require_files: bool = True) -> Manifest:
    """Read the manifest of a study.

    Parameters
    ----------
    path : str or Path
        A table with one row for each clip and the columns `COLUMNS` in any order, of which only
        ``clip`` is required; others are carried along. CSV split by comma, semicolon or tab, in
        UTF-8, UTF-16 or Windows-1252, or an Excel workbook (``.xlsx``). Relative paths in it
        count from its own folder.
    require_files : bool, optional
        Whether clips and ratings must be there; they need not where only results are read.

    Returns
    -------
    Manifest

    Raises
    ------
    ManifestError
        If it cannot be read, or with a line for each thing that is wrong, all of them at once.
    """
    path = Path(path)
    table = read_table(path)
    where = f"{path.name}, row"
    problems = [f"{path.name}, {problem}" for problem in _header_problems(table)]
    found: list[tuple[int, str]] = []
    rows = []
    for row in table.rows:
        if any(cell.strip() for cell in row.cells[len(table.header) :]):
            found.append((row.number, "has more cells than the header; quote texts with commas"))
            continue
        cells = {name: row.cell(index) for index, name in enumerate(table.header)}
        reader = RowCells(cells)
        attributes = parse_row(reader, path.absolute().parent, require_files=require_files)
        extra = {
            title: row.cell(index)
            for index, (name, title) in enumerate(zip(table.header, table.titles, strict=True))
            if title and name not in COLUMNS
        }
        found += [(row.number, f"{column}: {problem}") for column, problem in reader.problems]
        rows.append(ManifestRow(line=row.number, **attributes, extra=extra))
    if require_files:
        found += find_repeated_clips(rows)
    found += find_spellings(rows)
    problems += [f"{where} {line}, {problem}" for line, problem in sorted(found)]
    if not table.rows:
        problems.append(f"{path.name} has no row but the header; add a row for each clip")
    if problems:
        raise ManifestError(*problems)
    return Manifest(path.absolute(), tuple(rows), tuple(_header_warnings(path.name, table)))


def save_manifest(
    rows: Sequence[ManifestRow], path: str | Path, *, folder: Path | None = None
) -> None:
    """Write a manifest that `load_manifest` reads back to the same rows.

    Parameters
    ----------
    rows : sequence of ManifestRow
    path : str or Path
        An Excel workbook if it ends in ``.xlsx``, else CSV with commas, in UTF-8 with a mark.
        Clips and ratings below its folder are named from there, so that both can be moved
        together. An earlier file is replaced.
    folder : Path, optional
        Where the file will be read: then all clips and ratings are named from there.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    path = Path(path)
    header = list(dict.fromkeys([*COLUMNS, *(name for row in rows for name in row.extra)]))
    if folder is None:
        name_file = _namer_below(path.absolute().parent)
    else:
        name_file = partial(relative_path, folder=folder)
    write_table(path, header, (_cells(row, name_file, header) for row in rows))


def add_to_manifest(rows: Sequence[ManifestRow], path: str | Path) -> list[ManifestRow]:
    """Add rows of clips that a manifest does not list yet; all that was edited in it stays.

    Parameters
    ----------
    rows : sequence of ManifestRow
        Of these the columns are written that the table has.
    path : str or Path
        The table, CSV. It may have rows that are wrong.

    Returns
    -------
    list of ManifestRow
        The rows that were added.

    Raises
    ------
    ManifestError
        If it cannot be read, or is a workbook.
    OutputError
        If it cannot be written; it then stays as it was.
    """
    path = Path(path)
    table = read_table(path)
    if not table.delimiter:
        raise ManifestError(
            f"{path}: rows can be added to CSV only, as a workbook may hold more than a table; "
            "save it as CSV, or write a new one and copy its rows"
        )
    folder = path.absolute().parent
    column = table.header.index("clip")
    known = set()
    for row in table.rows:
        with suppress(ValueError):  # a missing clip cannot be a new one
            known.add(file_key(find_clip(row.cell(column), folder)))
    new = [row for row in rows if file_key(row.clip) not in known]
    if new:
        name_file = _namer_below(folder)
        added = (_cells(row, name_file, table.header) for row in new)
        edited = (row.cells for row in table.rows)
        write_table(path, table.titles, [*edited, *added], delimiter=table.delimiter)
    return new


def _namer_below(folder: Path) -> Callable[[Path], str]:
    """Return what names files below a folder from there, and others by their whole path."""
    return lambda file: relative_path(file, folder) if file.is_relative_to(folder) else str(file)


def _cells(
    row: ManifestRow, name_file: Callable[[Path], str], columns: Sequence[str]
) -> list[str | float]:
    """Return the cells of a row, empty where it knows nothing of the column."""
    values: dict[str, str | float | None] = {
        **row.extra,
        **{name: getattr(row, name) for name in COLUMNS},
        "clip": name_file(row.clip),
        "mirrored": "yes" if row.mirrored else "",
        "ratings": ";".join(map(name_file, row.ratings)),
        "segments": None if row.segments is None else name_file(row.segments),
    }
    return ["" if (value := values.get(name)) is None else value for name in columns]


def _header_problems(table: Table) -> list[str]:
    problems = []
    for name, count in Counter(filter(None, table.header)).items():
        if count > 1:
            problems.append(f"row 1: has {count} columns {name}; rename or remove all but one")
    for index, title in enumerate(table.titles):
        if not title and any(row.cell(index) for row in table.rows):
            problems.append(f"row 1: column {index + 1} has no name; name it, or remove it")
    return problems


def _header_warnings(name: str, table: Table) -> list[str]:
    """Return which unknown columns may be known ones with another name."""
    missing = [column for column in COLUMNS if column not in table.header]
    warnings = []
    for column, title in zip(table.header, table.titles, strict=True):
        alike = [] if column in COLUMNS else get_close_matches(column, missing, 1, _ALIKE)
        if alike:
            warnings.append(
                f"{name}: column {quote(title)} is carried along and means nothing to hemiscan; "
                f"rename it if it is {alike[0]}"
            )
    return warnings


def folder_names(rows: Sequence[ManifestRow]) -> list[str]:
    """Return the name of a folder for the results of each row.

    Parameters
    ----------
    rows : sequence of ManifestRow

    Returns
    -------
    list of str
        Patient, visit, clip, task and part as far as they are given, and a few digits of a
        hash over them, the face and the folder that the clip lies in. All different, also where
        case does not count. The name of a row depends on those before it only where they agree
        in all of that and their clips lie in folders of one name.

    Raises
    ------
    ValueError
        If two rows agree in all that tells one from another.
    """
    names: dict[str, str] = {}
    rows_seen = set()
    for row in rows:
        whole = _plain_name(row), _digest(row, len(row.clip.parts))
        if whole in rows_seen:
            raise ValueError(f"rows must differ; that of line {row.line} is there twice")
        rows_seen.add(whole)
        # As few folders as it takes, so that a study that is moved keeps its results.
        depths = range(2, len(row.clip.parts) + 1)
        found = (f"{whole[0]}_{_digest(row, depth)[:_HASH_DIGITS]}" for depth in depths)
        name = next((name for name in found if name.casefold() not in names), "_".join(whole))
        names[name.casefold()] = name
    return list(names.values())


def _plain_name(row: ManifestRow) -> str:
    part = ""
    if row.start_s is not None or row.end_s is not None:
        end = "" if row.end_s is None else f"{row.end_s:g}"
        part = f"{row.start_s or 0:g}-{end}s"
    words = (row.patient, row.visit, row.clip.stem, row.task, part)
    # Neither a dot, so that Windows takes none for its devices (CON.V1), nor any other sign.
    safe = (re.sub(r"[^\w-]+", "-", unicodedata.normalize("NFC", word)) for word in words)
    name = "_".join(word for word in (word.strip("-_") for word in safe) if word)
    return name.encode()[:_MAX_FOLDER_BYTES].decode(errors="ignore")


def _digest(row: ManifestRow, depth: int) -> str:
    identity = (row.patient, row.visit, row.task, *row.clip.parts[-depth:])
    part = (row.face or 1, row.start_s or 0.0, row.end_s)
    return hashlib.sha256(repr((identity, part)).encode()).hexdigest()
