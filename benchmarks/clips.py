"""The clips of real faces, and what is known about each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import tomllib

_TABLE = Path(__file__).with_name("clips.toml")
_DEFAULT_FOLDER = _TABLE.parents[2] / "shared" / "clips"


@dataclass(frozen=True)
class Contraction:
    """A real one-sided contraction, as seen by eye."""

    start_s: float
    end_s: float
    side: str


@dataclass(frozen=True)
class RealClip:
    """One clip of a real face.

    Attributes
    ----------
    path : Path
    person : str
        Whose face it is; one name for all clips of one person.
    contractions : tuple of Contraction
        All there are; most clips have none.
    unclear : tuple of (float, float)
        Spans in seconds that are neither counted nor learned from.
    glasses : bool
        Whether the person wears glasses.
    """

    path: Path
    person: str
    contractions: tuple[Contraction, ...]
    unclear: tuple[tuple[float, float], ...]
    glasses: bool = False

    @property
    def name(self) -> str:
        """File name without its ending."""
        return self.path.stem


def clips_folder() -> Path:
    """Return where the clips are looked for: ``HEMISCAN_CLIPS``, else beside the checkout."""
    return Path(os.environ.get("HEMISCAN_CLIPS", _DEFAULT_FOLDER))


def load_clips() -> list[RealClip]:
    """Return the clips that are at hand, by name; none where the folder is missing."""
    with _TABLE.open("rb") as table:
        rows = tomllib.load(table)["clip"]
    clips = [
        RealClip(
            path=clips_folder() / row["file"],
            person=row["person"],
            contractions=tuple(Contraction(*span) for span in row.get("contractions", ())),
            unclear=tuple((a, b) for a, b in row.get("unclear", ())),
            glasses=row.get("glasses", False),
        )
        for row in rows
    ]
    return [clip for clip in clips if clip.path.is_file()]
