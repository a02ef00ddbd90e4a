"""Rows of tables: of text split by tabs, semicolons or commas, and of Excel workbooks."""

from __future__ import annotations

import csv
import datetime as dt
import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

_MAX_WORKBOOK_BYTES = 500_000_000
"""Unpacked; a million events take a fifth of it."""


class Row(NamedTuple):
    """One row that holds anything, and where it is: in words, and as spreadsheets count."""

    place: str
    cells: Sequence[str]
    number: int = 0

    def cell(self, index: int) -> str:
        """Return a cell; empty where the row is too short, or the index is negative."""
        return self.cells[index].strip() if 0 <= index < len(self.cells) else ""


def decode(content: bytes) -> str:
    """Decode what spreadsheets write.

    Parameters
    ----------
    content : bytes
        UTF-8 and UTF-16 with or without mark, or Windows-1252.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If it is no text.
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    if b"\0" in content:
        raise ValueError("not a text file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def text_rows(
    text: str, delimiter: str, *, remarks: str = "#", strict: bool = False
) -> Iterator[Row]:
    """Go through the rows of a text that hold anything.

    Parameters
    ----------
    text : str
    delimiter : str
    remarks : str, optional
        Rows that begin with it are left out; none if it is empty.
    strict : bool, optional
        Refuse stray quotation marks; else they are taken for what they may mean.

    Yields
    ------
    Row

    Raises
    ------
    ValueError
        If a row is no CSV.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    try:
        for number, cells in enumerate(reader, start=1):
            is_remark = bool(remarks) and cells[:1] != [] and cells[0].startswith(remarks)
            if any(cell.strip() for cell in cells) and not is_remark:
                yield Row(f"row {reader.line_num}", cells, number)
    except csv.Error as error:
        raise ValueError(f"row {reader.line_num}: {error}") from None


def workbook_rows(content: bytes) -> dict[str, list[Row]]:
    """Return the rows of each sheet of an Excel workbook (``.xlsx``) that hold anything.

    Parameters
    ----------
    content : bytes

    Returns
    -------
    dict of str to list of Row
        By the name of the sheet.

    Raises
    ------
    ValueError
        If it is no workbook.
    """
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(member.file_size for member in archive.infolist()) > _MAX_WORKBOOK_BYTES:
                raise ValueError("too large a workbook; save the table as CSV")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles, which are of no matter
            workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            try:
                return {
                    sheet.title: [
                        Row(f"sheet {sheet.title!r}, row {number}", cells, number)
                        for number, values in enumerate(sheet.iter_rows(values_only=True), start=1)
                        if any(cells := [_cell_text(value) for value in values])
                    ]
                    for sheet in workbook.worksheets
                }
            finally:
                workbook.close()
    except ValueError:
        raise
    except Exception as error:  # a damaged workbook fails in a dozen ways
        raise ValueError(f"not an Excel workbook, or damaged ({error})") from None


def _cell_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dt.timedelta):
        return repr(value.total_seconds())
    if isinstance(value, dt.datetime):  # to Excel, every day has a time
        return (value if value.time() != dt.time() else value.date()).isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
