"""Spasms that raters marked in a clip, as ELAN, BORIS and spreadsheets keep them."""

from __future__ import annotations

import gzip
import io
import math
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from hemiscan._rows import decode, workbook_rows
from hemiscan.agreement._boris import parse_boris_project
from hemiscan.agreement._coding import Coding
from hemiscan.agreement._elan import parse_elan
from hemiscan.agreement._labels import LabelReader
from hemiscan.agreement._selection import (
    Selection,
    Spasm,
    choose_observations,
    select_spasms,
)
from hemiscan.agreement._tables import parse_rows, parse_table
from hemiscan.episodes.events import Kind, Side
from hemiscan.errors import HemiscanError

EDGE_S = 0.5
"""Annotations may reach this far beyond the clip: players disagree about where it ends."""

_MAX_UNPACKED = 500_000_000
_SIDES, _KINDS = get_args(Side), get_args(Kind)


@dataclass(frozen=True)
class Annotation:
    """One spasm that somebody, or hemiscan, marked in a clip.

    Attributes
    ----------
    start_s, end_s : float
        Half-open span in seconds from the clip's first frame.
    side : {"left", "right"}
        The subject's side.
    kind : {"clonic", "tonic"} or None
        None where the rater did not say.

    Raises
    ------
    ValueError
        If the span is not finite, starts before 0 or has no length, or side or kind
        are none of those above.
    """

    start_s: float
    end_s: float
    side: Side
    kind: Kind | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.start_s) and math.isfinite(self.end_s)):
            raise ValueError(f"start and end must be finite, not {self.start_s} and {self.end_s}")
        if self.start_s < 0:
            raise ValueError(f"start must not be negative, not {self.start_s:g}")
        if self.end_s <= self.start_s:
            raise ValueError(f"end ({self.end_s:g}) must be later than start ({self.start_s:g})")
        if self.side not in _SIDES:
            raise ValueError(f"side must be left or right, not {self.side!r}")
        if self.kind is not None and self.kind not in _KINDS:
            raise ValueError(f"kind must be clonic, tonic or None, not {self.kind!r}")

    def to_dict(self) -> dict[str, Any]:
        """Return the attributes by name."""
        return {
            "start_s": self.start_s,
            "end_s": self.end_s,
            "side": self.side,
            "kind": self.kind,
        }


@dataclass(frozen=True)
class AnnotationFile:
    """The spasms that raters marked, as read from one file, and what was left out of it.

    Attributes
    ----------
    path : Path
    format : str
        What kind of file it is, in words.
    raters : dict of str to tuple of Annotation
        The spasms of each rater, by time; empty where a rater marked none. Where the file
        names no rater, the name of the file stands for the only one.
    sources : dict of str to str
        Which tiers, behaviours or labels the spasms of each rater are from, in words;
        empty where the table has no labels.
    left_out : dict of str to int
        How many events do not count, by what they are.
    remarks : tuple of str
        What else there is to know about the reading.
    """

    path: Path
    format: str
    raters: Mapping[str, tuple[Annotation, ...]]
    sources: Mapping[str, str]
    left_out: Mapping[str, int]
    remarks: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return what was read by name, ready for JSON."""
        return {
            "name": self.path.name,
            "format": self.format,
            "raters": [
                {
                    "name": name,
                    "left_count": sum(spasm.side == "left" for spasm in spasms),
                    "right_count": sum(spasm.side == "right" for spasm in spasms),
                    "source": self.sources[name],
                }
                for name, spasms in self.raters.items()
            ],
            "left_out": dict(self.left_out),
            "remarks": list(self.remarks),
        }


def load_annotations(
    path: str | Path,
    *,
    start_s: float = 0.0,
    end_s: float = math.inf,
    tiers: Sequence[str] = (),
    raters: Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
    clip: str = "",
) -> AnnotationFile:
    """Load the spasms that raters marked.

    Parameters
    ----------
    path : str or Path
        An ELAN file (``.eaf``) or its tab-delimited export; a project of BORIS
        (``.boris``) or its aggregated or tabular events; or a table with the columns
        start_s, end_s, side and perhaps kind, label and rater. Tables may be CSV, split by
        semicolons or tabs, or Excel workbooks (``.xlsx``). A file without any annotation
        says that there was nothing to mark.
    start_s, end_s : float, optional
        The part of the clip that was judged, in seconds. What lies outside of it is left
        out. Where it begins with the clip it is taken for all of it, and an annotation
        that reaches more than `EDGE_S` beyond its end is refused.
    tiers : sequence of str, optional
        The tiers, behaviours or labels that carry spasms. If not given they are
        recognised by their names, in any of twenty languages.
    raters : sequence of str, optional
        Only these raters, or observations of BORIS; all if not given.
    labels : mapping of str to str, optional
        What labels mean that are not understood, or not as they should be:
        ``{"links": "left"}``. See `hemiscan.agreement.MEANINGS`.
    clip : str, optional
        Name of the clip, to tell the observations of several clips apart.

    Returns
    -------
    AnnotationFile

    Raises
    ------
    HemiscanError
        If the file cannot be read, is of another kind, names no spasm of a side, or has a
        spasm without a proper span or beyond the judged part; it names the row.
    ValueError
        If a label is said to mean something unknown.
    """
    path = Path(path)
    reader = LabelReader(labels or {})
    try:
        coding = _parse(path.read_bytes(), path.suffix.lower(), clip)
        coding = choose_observations(coding, clip=clip, raters=raters)
        selection = select_spasms(coding, reader, codes=tiers, raters=raters)
        outside = Counter(selection.left_out)
        spasms = {
            rater or path.name: _annotations(found, start_s, end_s, outside)
            for rater, found in selection.spasms.items()
        }
    except OSError as error:
        raise HemiscanError(f"cannot read {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise HemiscanError(f"{path}: {error}") from error
    return AnnotationFile(
        path,
        coding.format,
        spasms,
        {rater or path.name: _source(coding, selection, rater) for rater in selection.spasms},
        dict(outside),
        selection.remarks,
    )


def _parse(content: bytes, suffix: str, clip: str) -> Coding:
    """Parse a file by what is in it."""
    if content.startswith(b"\x1f\x8b"):
        content = _unpack(content)
    if content.startswith(b"PK"):
        return _parse_workbook(content)
    if suffix == ".eaf" or content.lstrip()[:1] == b"<":
        return parse_elan(content, clip=clip)
    try:
        text = decode(content)
    except ValueError as error:
        raise ValueError(
            f"{error}; give a table as CSV or .xlsx, an ELAN file (.eaf) or a BORIS project"
        ) from None
    if suffix == ".boris" or (text.startswith("{") and '"observations"' in text):
        return parse_boris_project(text)
    coding = parse_table(text) if text.strip() else Coding("empty", "label", [], {})
    if coding is None:
        found = " ".join(text.split("\n", 1)[0].split())[:80]
        raise ValueError(
            f"row 1: expected columns start_s, end_s and side, not {found!r}; give a table with "
            "these, an ELAN file (.eaf), or a project or export of BORIS"
        )
    return coding


def _parse_workbook(content: bytes) -> Coding:
    """Parse the sheets of a workbook that are tables of events."""
    parsed = [parse_rows(rows) for rows in workbook_rows(content).values() if rows]
    codings = [coding for coding in parsed if coding is not None]
    if not codings:
        if parsed:
            raise ValueError("no sheet has the columns start_s, end_s and side, or those of BORIS")
        return Coding("empty", "label", [], {})
    codes: dict[str, set[str]] = {}
    observations: dict[str, set[str]] = {}
    for coding in codings:
        for code, raters in coding.codes.items():
            codes.setdefault(code, set()).update(raters)
        for name, media in coding.observations.items():
            observations.setdefault(name, set()).update(media)
    return replace(
        codings[0],
        events=[event for coding in codings for event in coding.events],
        codes=codes,
        observations=observations,
    )


def _unpack(content: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(content)) as file:
            unpacked = file.read(_MAX_UNPACKED + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"damaged ({error})") from None
    if len(unpacked) > _MAX_UNPACKED:
        raise ValueError("too large once it is unpacked")
    return unpacked


def _annotations(
    spasms: Sequence[Spasm], start_s: float, end_s: float, left_out: Counter[str]
) -> tuple[Annotation, ...]:
    """Return the spasms in the judged part, by time; count the others."""
    annotations = []
    for spasm in spasms:
        try:
            annotation = Annotation(spasm.start_s, spasm.end_s, spasm.side, spasm.kind)
            cut = _cut(annotation, start_s, end_s)
        except ValueError as error:
            raise ValueError(f"{spasm.place}: {error}") from None
        if cut is None:
            left_out[f"outside of {start_s:g} to {end_s:g} s"] += 1
        else:
            annotations.append(cut)
    return tuple(sorted(annotations, key=lambda span: (span.start_s, span.end_s, span.side)))


def _cut(span: Annotation, start_s: float, end_s: float) -> Annotation | None:
    """Return what of a span lies in the judged part; None for nothing.

    A part that begins with the clip is taken for all of it, which nothing outlasts.
    """
    first_s, last_s = max(span.start_s, start_s), min(span.end_s, end_s)
    beyond_s = span.end_s - end_s
    if start_s <= 0 and (beyond_s > EDGE_S or (beyond_s > 0 and last_s <= first_s)):
        raise ValueError(
            f"{span.start_s:g} to {span.end_s:g} s reaches beyond the judged part of the "
            f"clip, {start_s:g} to {end_s:g} s; are these annotations of another clip?"
        )
    if last_s <= first_s:
        return None
    inside = first_s == span.start_s and last_s == span.end_s
    return span if inside else replace(span, start_s=first_s, end_s=last_s)


def _source(coding: Coding, selection: Selection, rater: str) -> str:
    codes = sorted(code for code in selection.codes[rater] if code)
    return f"{coding.unit} {', '.join(map(repr, codes))}" if codes else ""
