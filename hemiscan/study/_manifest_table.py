"""The table that a manifest is, as spreadsheets write it: its cells as texts."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hemiscan._files import atomic_path
from hemiscan._rows import Row, decode, text_rows, workbook_rows
from hemiscan.errors import ManifestError

NEEDED = "clip"
"""The one column that every manifest has; the row that names it is the header."""

WORKBOOK_SUFFIX = ".xlsx"

_ADVICE = "write one with: hemiscan study scan FOLDER --output study.csv"
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[;,\t]*\r?\n?', re.IGNORECASE)
"""First line of a file that tells Excel how the fields are split."""


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Attributes
    ----------
    header : tuple of str
        Names of the columns as they are known here: in small letters, with ``_`` for spaces.
    titles : tuple of str
        The same as they are written.
    rows : tuple of Row
        Those below the header that hold anything, numbered as in a spreadsheet.
    delimiter : str
        Empty for a workbook.
    """

    header: tuple[str, ...]
    titles: tuple[str, ...]
    rows: tuple[Row, ...]
    delimiter: str

    @classmethod
    def of(cls, rows: Sequence[Row], delimiter: str = "") -> Table | None:
        """Return the table of some rows; None if the first one is no header."""
        if not rows:
            return None
        titles = tuple(cell.strip() for cell in rows[0].cells)
        header = tuple("_".join(title.casefold().split()) for title in titles)
        return cls(header, titles, tuple(rows[1:]), delimiter) if NEEDED in header else None


def read_table(path: Path) -> Table:
    """Read a table from CSV of any dialect or the first fitting sheet of a workbook.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Table

    Raises
    ------
    ManifestError
        If the file cannot be read, or no row of it names the columns.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ManifestError(f"{path}: there is no such file; {_ADVICE}") from None
    except IsADirectoryError:
        raise ManifestError(f"{path}: is a folder, not a table of clips; {_ADVICE}") from None
    except OSError as error:
        raise ManifestError(f"cannot read {path}: {error.strerror or error}") from error
    try:
        table = _read_workbook(content) if content.startswith(b"PK") else _read_text(content)
    except ValueError as error:
        raise ManifestError(f"{path}: {error}; save it as CSV or {WORKBOOK_SUFFIX}") from None
    if table is None:
        raise ManifestError(
            f"{path}: has no column {NEEDED}; its first row must name the columns, {NEEDED} and "
            f"what else there is; {_ADVICE}"
        )
    return table


def _read_workbook(content: bytes) -> Table | None:
    tables = (Table.of(rows) for rows in workbook_rows(content).values())
    return next((table for table in tables if table is not None), None)


def _read_text(content: bytes) -> Table | None:
    if content.startswith(_OLD_WORKBOOK):
        raise ValueError("an Excel workbook of the old kind")
    text = decode(content)
    delimiters = "\t;,"
    separator = _SEPARATOR_LINE.match(text)
    if separator is not None:
        delimiters, text = separator[1], text[separator.end() :]
    for delimiter in delimiters:
        # The header alone, as a semicolon in a note is no fault of a table split by commas.
        head = next(text_rows(text, delimiter, remarks=""), None)
        if head is not None and Table.of([head]) is not None:
            return Table.of(list(text_rows(text, delimiter, remarks="", strict=True)), delimiter)
    return None


def write_table(
    path: Path,
    header: Sequence[str],
    rows: Iterable[Sequence[str | float]],
    *,
    delimiter: str = ",",
) -> None:
    """Write a table, whole or not at all: as a workbook if the path ends so, else as CSV.

    Parameters
    ----------
    path : Path
    header : sequence of str
    rows : iterable of sequence of str or float
        Texts stay texts in a workbook too, leading zeros and equals signs included.
    delimiter : str, optional
        Of CSV.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    with atomic_path(path) as temporary:
        if path.suffix.lower() == WORKBOOK_SUFFIX:
            _write_workbook(temporary, [header, *rows])
        else:
            # With a mark, without which Excel takes UTF-8 for something else.
            with temporary.open("w", encoding="utf-8-sig", newline="") as file:
                writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
                writer.writerows([_text(cell) for cell in row] for row in [header, *rows])


def _write_workbook(path: Path, rows: Iterable[Sequence[str | float]]) -> None:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("study")
    sheet.freeze_panes = "A2"
    for row in rows:
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, value=value if value != "" else None)
            if isinstance(value, str) and value:
                # Neither a formula, nor a number once somebody edits it.
                cell.data_type, cell.number_format = "s", "@"
            cells.append(cell)
        sheet.append(cells)
    workbook.save(path)


def _text(cell: str | float) -> str:
    if isinstance(cell, float):
        return repr(cell).removesuffix(".0")
    return str(cell)
