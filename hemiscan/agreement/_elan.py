"""Annotations in the files of ELAN (``.eaf``)."""

from __future__ import annotations

from collections import defaultdict
from typing import NoReturn
from xml.etree import ElementTree

from hemiscan.agreement._labels import kind_of, side_of
from hemiscan.agreement.metrics import Annotation


def parse_elan(content: bytes) -> list[tuple[str, Annotation]]:
    """Read annotations from an ELAN file.

    If the names of tiers name a side, as ``left`` or ``spasm R``, these tiers are read.
    Otherwise the side stands in the value of an annotation, or in that of one that
    depends on it; then a tier is read if any of its annotations names a side. Other
    tiers are left aside. The kind may stand in any of these places.

    Parameters
    ----------
    content : bytes

    Returns
    -------
    list of (str, Annotation)
        Each with its place in the file, for messages.

    Raises
    ------
    ValueError
        In words that follow the name of the file.
    """
    root = _parse(content)
    if root.tag != "ANNOTATION_DOCUMENT":
        raise ValueError(f"not an ELAN file: its root is {root.tag!r}")
    _check_times(root)
    slots = {slot.get("TIME_SLOT_ID"): slot.get("TIME_VALUE") for slot in root.iter("TIME_SLOT")}
    marks = _marks(root)
    if any(side_of(mark.tier) for mark in marks):
        marks = [mark for mark in marks if side_of(mark.tier)]
    elif marks:
        tiers = {mark.tier for mark in marks if side_of(*mark.values)}
        if not tiers:
            raise ValueError("names no side; call the tiers or the annotations left and right")
        marks = [mark for mark in marks if mark.tier in tiers]
    return [(mark.place, mark.annotation(slots)) for mark in marks]


class _Mark:
    """An annotation that has a time of its own, with the values that describe it."""

    def __init__(self, tier: str, element: ElementTree.Element, remarks: list[str]) -> None:
        self.tier = tier
        self.values = [_value(element), *remarks]
        self.place = f"annotation {element.get('ANNOTATION_ID', '?')} on tier {tier!r}"
        self._slots = element.get("TIME_SLOT_REF1"), element.get("TIME_SLOT_REF2")

    def annotation(self, slots: dict[str | None, str | None]) -> Annotation:
        start_s, end_s = (self._seconds(slots.get(slot)) for slot in self._slots)
        side = side_of(self.tier, *self.values)
        if side is None:
            raise ValueError(f"{self.place}: side must be left or right, not {self.values[0]!r}")
        try:
            return Annotation(start_s, end_s, side, kind_of(self.tier, *self.values))
        except ValueError as error:
            raise ValueError(f"{self.place}: {error}") from None

    def _seconds(self, milliseconds: str | None) -> float:
        if milliseconds is None:
            raise ValueError(f"{self.place}: has no time; align it in ELAN")
        try:
            return int(milliseconds) / 1000.0
        except ValueError:
            raise ValueError(
                f"{self.place}: time must be milliseconds, not {milliseconds!r}"
            ) from None


class _WithoutDoctype(ElementTree.TreeBuilder):
    """Refuses document types, whose entities can grow without bound; ELAN writes none."""

    def doctype(self, *_: object) -> NoReturn:
        raise ValueError("not an ELAN file: it declares a document type")


def _parse(content: bytes) -> ElementTree.Element:
    try:
        return ElementTree.fromstring(content, ElementTree.XMLParser(target=_WithoutDoctype()))
    except (ElementTree.ParseError, LookupError) as error:  # unknown encodings are the latter
        raise ValueError(f"not an ELAN file, or damaged ({error})") from None


def _check_times(root: ElementTree.Element) -> None:
    """Refuse times that are not those of the clip in milliseconds."""
    for header in root.iter("HEADER"):
        units = header.get("TIME_UNITS", "milliseconds")
        if units != "milliseconds":
            raise ValueError(f"has times in {units}; only milliseconds are read")
    media = root.find(".//MEDIA_DESCRIPTOR")
    if media is not None and media.get("TIME_ORIGIN", "0") != "0":
        raise ValueError("starts its clip at an offset; set the media offset to 0 in ELAN")


def _marks(root: ElementTree.Element) -> list[_Mark]:
    remarks: defaultdict[str | None, list[str]] = defaultdict(list)
    for element in root.iter("REF_ANNOTATION"):
        remarks[element.get("ANNOTATION_REF")].append(_value(element))
    return [
        _Mark(tier.get("TIER_ID", ""), element, remarks[element.get("ANNOTATION_ID")])
        for tier in root.iter("TIER")
        for element in tier.iter("ALIGNABLE_ANNOTATION")
    ]


def _value(element: ElementTree.Element) -> str:
    return (element.findtext("ANNOTATION_VALUE") or "").strip()
