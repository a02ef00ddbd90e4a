"""Reading what raters marked in a clip."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from hemiscan.agreement._elan import parse_elan
from hemiscan.agreement._tables import parse_table
from hemiscan.agreement.metrics import Annotation
from hemiscan.errors import HemiscanError

EDGE_S = 0.5
"""Annotations may reach this far beyond the clip: players disagree about where it ends."""


def load_annotations(
    path: str | Path, *, start_s: float = 0.0, end_s: float = math.inf
) -> tuple[Annotation, ...]:
    """Read the spasms that a rater marked.

    Parameters
    ----------
    path : str or Path
        A table with the columns start_s, end_s, side and perhaps kind, as CSV or
        separated by semicolons or tabs; an ELAN file (``.eaf``); or events exported by
        BORIS as CSV or TSV, aggregated or tabular. A file without any annotation says that
        there was nothing to mark.
    start_s, end_s : float, optional
        The part of the clip that was judged, in seconds. Annotations reaching up to
        `EDGE_S` beyond it are cut.

    Returns
    -------
    tuple of Annotation
        By time.

    Raises
    ------
    HemiscanError
        If the file cannot be read, is of another kind, or has an annotation without a
        side, without a proper span or beyond the judged part; it names the row.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
        is_elan = path.suffix.lower() == ".eaf" or content.lstrip()[:1] == b"<"
        placed = parse_elan(content) if is_elan else parse_table(_text(content))
        annotations = [_cut(place, span, start_s, end_s) for place, span in placed]
    except OSError as error:
        raise HemiscanError(f"cannot read {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise HemiscanError(f"{path}: {error}") from error
    return tuple(sorted(annotations, key=lambda span: (span.start_s, span.end_s, span.side)))


def _text(content: bytes) -> str:
    """Decode what spreadsheets write: UTF-8 and UTF-16 with or without mark, or Windows-1252."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    if b"\0" in content:
        raise ValueError("not a text file; export the annotations as CSV")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _cut(place: str, span: Annotation, start_s: float, end_s: float) -> Annotation:
    first_s, last_s = max(span.start_s, start_s), min(span.end_s, end_s)
    beyond_s = max(first_s - span.start_s, span.end_s - last_s)
    if beyond_s > EDGE_S or last_s <= first_s:
        raise ValueError(
            f"{place}: {span.start_s:g} to {span.end_s:g} s reaches beyond the judged part of the "
            f"clip, {start_s:g} to {end_s:g} s; are these annotations of another clip?"
        )
    return replace(span, start_s=first_s, end_s=last_s)
