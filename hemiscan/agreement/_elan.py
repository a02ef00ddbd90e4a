"""Annotations of ELAN: its files (``.eaf``) and its tab-delimited export."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NoReturn
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from hemiscan._rows import Row
from hemiscan._text import quote
from hemiscan.agreement._coding import CodedEvent, Coding, names_clip, parse_seconds
from hemiscan.agreement._labels import split_rater

_MS = 1e-3

_TIME_HEADER = re.compile(r"(?P<what>.+) - (?P<format>hh:mm:ss\.ms|ss\.msec|msec)")
_UNITS_S = {"hh:mm:ss.ms": 1.0, "ss.msec": 1.0, "msec": _MS}
_TIME_CELLS = {
    re.compile(r"\d+:\d\d:\d\d[.,]\d+"): 1.0,
    re.compile(r"\d+[.,]\d+"): 1.0,
    re.compile(r"\d+"): _MS,
}
_TIER_HEADERS = {"tier", "tier name"}


def parse_elan(content: bytes, *, clip: str = "") -> Coding:
    """Parse an ELAN file.

    Parameters
    ----------
    content : bytes
    clip : str, optional
        Name of the clip: where the file is about several media, the offset of this one is
        taken, else that of the first.

    Returns
    -------
    Coding
        The codes are the tiers. The values of annotations that refer to another one are
        the context of that one.

    Raises
    ------
    ValueError
        In words that follow the name of the file.
    """
    root = _parse_xml(content)
    if root.tag != "ANNOTATION_DOCUMENT":
        raise ValueError(f"not an ELAN file: its root is {quote(root.tag)}")
    for header in root.iter("HEADER"):
        units = header.get("TIME_UNITS", "milliseconds")
        if units != "milliseconds":
            raise ValueError(f"has times in {quote(units)}; only milliseconds are read")
    media, origin_s = _media(root, clip)
    raters = _raters_of_tiers(root)
    codes: defaultdict[str, set[str]] = defaultdict(set)
    for tier, rater in raters.items():
        codes[tier].add(rater)
    remark = f"{origin_s:g} s were added to its times, as its media offset says"
    return Coding(
        "ELAN",
        "tier",
        [*_events(root, raters, origin_s)],
        codes,
        observations={"": media},
        remarks=(remark,) if origin_s else (),
    )


class _WithoutDoctype(ElementTree.TreeBuilder):
    """Refuses document types, whose entities can grow without bound; ELAN writes none."""

    def doctype(self, *_: object) -> NoReturn:
        raise ValueError("not an ELAN file: it declares a document type")


def _parse_xml(content: bytes) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(content, ElementTree.XMLParser(target=_WithoutDoctype()))
    except (ElementTree.ParseError, LookupError) as error:  # unknown encodings are the latter
        raise ValueError(f"not an ELAN file, or damaged ({error})") from None


def _media(root: ElementTree.Element, clip: str) -> tuple[set[str], float]:
    """Return the names of the clips that were annotated, and the offset of the one at hand.

    ELAN's times begin at ``TIME_ORIGIN`` milliseconds of the clip.
    """
    origins_ms = {
        PurePosixPath(unquote(urlsplit(media.get("MEDIA_URL", "")).path)).name: media.get(
            "TIME_ORIGIN", "0"
        )
        for media in root.iter("MEDIA_DESCRIPTOR")
    }
    own = next((name for name in origins_ms if names_clip(clip, [name])), None)
    text = origins_ms[own] if own is not None else next(iter(origins_ms.values()), "0")
    try:
        origin_s = parse_seconds(text, unit_s=_MS)
    except ValueError:
        raise ValueError(f"media offset must be milliseconds, not {quote(text)}") from None
    return {name for name in origins_ms if name}, origin_s


def _raters_of_tiers(root: ElementTree.Element) -> dict[str, str]:
    """Return who made each tier: its annotator, a name in that of the tier, its participant."""
    raters = {}
    for tier in root.iter("TIER"):
        name = tier.get("TIER_ID", "")
        raters[name] = (
            tier.get("ANNOTATOR", "").strip()
            or split_rater(name)[1]
            or tier.get("PARTICIPANT", "").strip()
        )
    return join_nameless(raters)


def join_nameless(raters: Mapping[str, str]) -> dict[str, str]:
    """Give tiers without a rater to the only one there is, unless that one has the same tier.

    Parameters
    ----------
    raters : mapping of str to str
        Rater by the name of the tier, empty where it has none.

    Returns
    -------
    dict of str to str
    """
    names = set(raters.values()) - {""}
    bases: dict[bool, set[str]] = {False: set(), True: set()}
    for tier, rater in raters.items():
        bases[bool(rater)].add(split_rater(tier)[0].casefold())
    if len(names) == 1 and not bases[True] & bases[False]:
        return dict.fromkeys(raters, *names)
    return dict(raters)


def _events(
    root: ElementTree.Element, raters: Mapping[str, str], origin_s: float
) -> Iterator[CodedEvent]:
    slots = {slot.get("TIME_SLOT_ID"): slot.get("TIME_VALUE") for slot in root.iter("TIME_SLOT")}
    remarks = _remarks(root)
    for tier in root.iter("TIER"):
        name = tier.get("TIER_ID", "")
        for annotation in tier.iter("ALIGNABLE_ANNOTATION"):
            identity = annotation.get("ANNOTATION_ID", "?")
            times = [slots.get(annotation.get(f"TIME_SLOT_REF{end}")) for end in "12"]
            start_s, end_s, problem = _span(times, (_MS, _MS))
            yield CodedEvent(
                f"annotation {identity} on tier {quote(name)}",
                name,
                start_s + origin_s,
                end_s + origin_s,
                values=(_value(annotation),),
                context=tuple(remarks[identity]),
                rater=raters[name],
                problem=problem,
            )


def _span(times: Sequence[str | None], units_s: Sequence[float]) -> tuple[float, float, str]:
    """Return start and end in seconds, and what is wrong with them."""
    span = []
    for text, unit_s in zip(times, units_s, strict=True):
        if not text:
            return math.nan, math.nan, "has no time; align it in ELAN"
        try:
            span.append(parse_seconds(text, unit_s=unit_s))
        except ValueError:
            return math.nan, math.nan, f"{quote(text)} is no time that a clip can have"
    return span[0], span[1], ""


def _remarks(root: ElementTree.Element) -> defaultdict[str, list[str]]:
    """Return the values that refer to each annotation, at first hand or through others."""
    annotations = list(root.iter("REF_ANNOTATION"))
    refers_to = {of.get("ANNOTATION_ID"): of.get("ANNOTATION_REF", "") for of in annotations}
    remarks = defaultdict(list)
    for annotation in annotations:
        identity, seen = annotation.get("ANNOTATION_REF", ""), set[str]()
        while identity in refers_to and identity not in seen:
            seen.add(identity)
            identity = refers_to[identity]
        remarks[identity].append(_value(annotation))
    return remarks


def _value(annotation: ElementTree.Element) -> str:
    return (annotation.findtext("ANNOTATION_VALUE") or "").strip()


@dataclass(frozen=True)
class _ExportColumns:
    """Where the columns of a tab-delimited export are; its rows or its columns are tiers."""

    start: tuple[int, float]
    end: tuple[int, float]
    tiers: Mapping[int, str]
    tier: int = -1
    participant: int = -1

    @classmethod
    def of_header(cls, cells: Sequence[str]) -> _ExportColumns | None:
        """Return the columns of a header; None if this row is not one."""
        found = [_TIME_HEADER.fullmatch(cell.strip()) for cell in cells]
        times: dict[str, tuple[int, float]] = {}
        for index, column in enumerate(found):
            if column is not None:
                # Of several formats of one time the first will do: they say the same.
                times.setdefault(column["what"], (index, _UNITS_S[column["format"]]))
        if len(times) < 2:
            return None
        names = {i: name.strip() for i, name in enumerate(cells) if found[i] is None}
        places = {name.lower(): i for i, name in names.items()}
        tier = next((places[name] for name in _TIER_HEADERS if name in places), -1)
        participant = places.get("participant", -1)
        tiers = {i: name for i, name in names.items() if name and i not in (tier, participant)}
        start, end, *_ = times.values()
        return cls(start, end, tiers, tier, participant)

    @classmethod
    def of_content(cls, rows: Sequence[Row]) -> _ExportColumns | None:
        """Return the columns of an export without a header, whose first column is the tier."""
        n_columns = min(len(row.cells) for row in rows)
        for pattern, unit_s in _TIME_CELLS.items():
            times = [
                (index, unit_s)
                for index in range(n_columns)
                if all(pattern.fullmatch(row.cell(index)) for row in rows)
            ]
            # Begin, end and perhaps duration, between the tier and the value.
            if 2 <= len(times) <= 3 and times[0][0] > 0 and n_columns > times[-1][0] + 1:
                participant = 1 if times[0][0] > 1 else -1
                return cls(times[0], times[1], {n_columns - 1: ""}, 0, participant)
        return None

    def entries(self, row: Row) -> Iterator[tuple[str, str, str]]:
        """Return tier, participant and value of each annotation in a row."""
        for index, name in self.tiers.items():
            value = row.cell(index)
            if self.tier >= 0:
                yield row.cell(self.tier), row.cell(self.participant), value
            elif value:
                yield name, row.cell(self.participant), value


def is_elan_header(cells: Sequence[str]) -> bool:
    """Whether a row is the header of a tab-delimited export."""
    return _ExportColumns.of_header(cells) is not None


def parse_elan_export(rows: Sequence[Row]) -> Coding | None:
    """Parse a tab-delimited export, with a row for each annotation or a column for each tier.

    Parameters
    ----------
    rows : sequence of Row

    Returns
    -------
    Coding or None
        None if it is none.
    """
    if not rows:
        return None
    columns = _ExportColumns.of_header(rows[0].cells)
    if columns is not None:
        rows = rows[1:]
    else:
        columns = _ExportColumns.of_content(rows)
    if columns is None:
        return None
    entries = [(row, *entry) for row in rows for entry in columns.entries(row)]
    raters = {tier: split_rater(tier)[1] or participant for _, tier, participant, _ in entries}
    if columns.tier < 0:
        raters = {tier: split_rater(tier)[1] for tier in columns.tiers.values()} | raters
    raters = join_nameless(raters)
    events = []
    for row, tier, _, value in entries:
        times = [row.cell(index) for index, _ in (columns.start, columns.end)]
        start_s, end_s, problem = _span(times, (columns.start[1], columns.end[1]))
        events.append(
            CodedEvent(
                row.place, tier, start_s, end_s, (value,), rater=raters[tier], problem=problem
            )
        )
    codes = {tier: {rater} for tier, rater in raters.items()}
    return Coding("ELAN, tab-delimited", "tier", events, codes)
