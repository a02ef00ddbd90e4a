"""The manifest of a study: a table with one row for each clip."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias, cast

from hemiscan._rows import decode, text_rows
from hemiscan.errors import ManifestError

COLUMNS = (
    "clip", "patient", "visit", "date", "task", "mirrored", "face", "start_s", "end_s",
    "treatment", "product", "dose", "treatment_date", "affected_side", "ratings", "note",
)  # fmt: skip
"""The columns of a manifest in their order; only ``clip`` is required."""

AffectedSide: TypeAlias = Literal["left", "right", ""]

_MAX_FOLDER_BYTES = 120
_HASH_DIGITS = 6


@dataclass(frozen=True)
class ManifestRow:
    """One clip of a study, or one part of it, or one face in it.

    Attributes
    ----------
    line : int
        Where it is in the file, of which the header is line 1.
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
    """

    path: Path
    rows: tuple[ManifestRow, ...]


def load_manifest(path: str | Path) -> Manifest:
    """Read the manifest of a study.

    Parameters
    ----------
    path : str or Path
        A table with one row for each clip and the columns `COLUMNS`. Relative paths in it
        count from its own folder.

    Returns
    -------
    Manifest

    Raises
    ------
    ManifestError
        If it cannot be read, or with a line for each row that is wrong.
    """
    path = Path(path).absolute()
    try:
        text = decode(path.read_bytes())
    except OSError as error:
        raise ManifestError(f"cannot read {path}: {error.strerror}") from error
    header, *lines = text_rows(text, ";" if ";" in text.splitlines()[0] else ",")
    names = [name.strip() for name in header.cells]
    rows = []
    for number, line in enumerate(lines, start=2):
        cells = {name: line.cell(index) for index, name in enumerate(names)}
        rows.append(_parse_row(number, cells, path.parent))
    return Manifest(path, tuple(rows))


def _parse_row(number: int, cells: dict[str, str], folder: Path) -> ManifestRow:
    def optional_number(name: str) -> float | None:
        return float(cells[name]) if cells.get(name) else None

    texts = ("patient", "visit", "date", "task", "treatment", "product", "treatment_date", "note")
    face = optional_number("face")
    return ManifestRow(
        number,
        folder / cells["clip"],
        **{name: cells.get(name, "") for name in texts},
        mirrored=cells.get("mirrored", "").lower() in ("1", "x", "yes", "true"),
        face=None if face is None else int(face),
        start_s=optional_number("start_s"),
        end_s=optional_number("end_s"),
        dose=optional_number("dose"),
        affected_side=cast("AffectedSide", cells.get("affected_side", "")),
        ratings=tuple(folder / name for name in cells.get("ratings", "").split(";") if name),
        extra={name: value for name, value in cells.items() if name not in COLUMNS},
    )


def folder_names(rows: Sequence[ManifestRow]) -> list[str]:
    """Return the name of a folder for the results of each row.

    Parameters
    ----------
    rows : sequence of ManifestRow

    Returns
    -------
    list of str
        Patient, visit, clip, task and part as far as they are given, and a few digits of a
        hash over them and the clip's folder. All different, also where case does not count;
        the name of a row does not depend on the other rows.
    """
    names: list[str] = []
    taken: set[str] = set()
    for row in rows:
        plain, digest = _plain_name(row), _digest(row)
        digits = _HASH_DIGITS
        while (name := f"{plain}_{digest[:digits]}").casefold() in taken:
            digits += 2
            if digits > len(digest):
                raise ValueError(f"rows must differ; line {row.line} is there twice")
        taken.add(name.casefold())
        names.append(name)
    return names


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


def _digest(row: ManifestRow) -> str:
    # The clip's folder is not in it as a whole: a study that is moved keeps its results.
    identity = (row.patient, row.visit, row.task, *row.clip.parts[-3:])
    part = (row.face or 1, row.start_s or 0.0, row.end_s)
    return hashlib.sha256(repr((identity, part)).encode()).hexdigest()
