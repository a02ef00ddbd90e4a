"""Annotations for ELAN: its files (``.eaf``) of format 3.0."""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote
from xml.etree import ElementTree

from hemiscan._text import printable
from hemiscan._version import __version__
from hemiscan.episodes.events import SIDES
from hemiscan.export._identity import author
from hemiscan.export._output import new_file

if TYPE_CHECKING:
    from hemiscan._intervals import HasSpan
    from hemiscan.findings import Findings

_MARK_S = 0.2
"""Length of the annotation of a mark, which is a moment; ELAN shows none without a length."""

_SPAN_TYPE, _REMARK_TYPE = "span", "remark"
_ASSOCIATION = "Symbolic_Association"
_SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"


class _Annotation(NamedTuple):
    """A span of time and what is written into it, and into the tiers below it."""

    start_s: float
    end_s: float
    value: str
    remarks: tuple[str, ...] = ()


def export_elan(findings: Findings, path: str | Path, *, overwrite: bool = False) -> None:
    """Write episodes, blinks, marks and episodes of limbs as an ELAN file of format 3.0.

    Parameters
    ----------
    findings : Findings
    path : str or Path
        Best ends in ``.eaf``.
    overwrite : bool, optional
        Whether a file of this name may be replaced.

    Raises
    ------
    OutputError
        If there is such a file already, or it cannot be written.

    Notes
    -----
    Tiers: ``spasm_left`` and ``spasm_right`` (the subject's sides) with the kind of each
    episode, below each of them its regions and its confidence; ``blinks``; ``marks`` of a
    live run. Where the body was followed, each limb with episodes has a tier of its jerks, such
    as ``arm_left``, and one of the postures that it was held in, such as ``arm_left_held``: it
    may jerk meanwhile, and annotations of one tier must not overlap. Times are ELAN's: whole
    milliseconds from the clip's first frame. The clip is named without its folder: ELAN finds
    it beside the file, or asks for it. The patient's code is the participant of all tiers; the
    annotator is ``hemiscan``, or ``hemiscan as reviewed``.
    """
    root = ElementTree.Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": f"hemiscan {__version__}",
            "DATE": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "FORMAT": "3.0",
            "VERSION": "3.0",
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:noNamespaceSchemaLocation": _SCHEMA,
        },
    )
    header = ElementTree.SubElement(root, "HEADER", MEDIA_FILE="", TIME_UNITS="milliseconds")
    _add_media(header, printable(str(findings.summary.clip["name"])))
    tiers = _Tiers(root, author(findings), findings.recording.patient)
    for side in SIDES:
        tiers.add(
            f"spasm_{side}",
            [
                _Annotation(
                    episode.start_s,
                    episode.end_s,
                    episode.kind,
                    (" ".join(episode.regions), f"{episode.confidence:.2f}"),
                )
                for episode in findings.episodes
                if episode.side == side
            ],
            below=(f"regions_{side}", f"confidence_{side}"),
        )
    tiers.add("blinks", [_Annotation(of.start_s, of.end_s, "blink") for of in findings.blinks])
    if findings.marks:
        tiers.add("marks", _mark_spans(findings))
    for name, spans in _limb_spans(findings).items():
        tiers.add(name, spans)
    _add_property(header, "lastUsedAnnotationId", str(tiers.n_annotations))
    _add_property(header, "clipSHA256", str(findings.summary.clip.get("sha256", "")))
    _add_types(root)
    ElementTree.indent(root)
    with new_file(path, overwrite=overwrite) as temporary:
        ElementTree.ElementTree(root).write(temporary, "UTF-8", xml_declaration=True)


class _Tiers:
    """The tiers of a document, and the times that they share."""

    def __init__(self, root: ElementTree.Element, annotator: str, participant: str) -> None:
        self.n_annotations = 0
        self._root = root
        self._annotator, self._participant = annotator, participant
        self._times = ElementTree.SubElement(root, "TIME_ORDER")

    def add(
        self, name: str, annotations: Sequence[_Annotation], *, below: Sequence[str] = ()
    ) -> None:
        """Add a tier with spans of time, and those below it with a remark for each."""
        tier = self._tier(name, _SPAN_TYPE)
        identities = []
        for annotation in annotations:
            start, end = self._slots(annotation)
            element = ElementTree.SubElement(
                ElementTree.SubElement(tier, "ANNOTATION"),
                "ALIGNABLE_ANNOTATION",
                ANNOTATION_ID=self._new_identity(),
                TIME_SLOT_REF1=start,
                TIME_SLOT_REF2=end,
            )
            ElementTree.SubElement(element, "ANNOTATION_VALUE").text = annotation.value
            identities.append(element.attrib["ANNOTATION_ID"])
        for index, lower in enumerate(below):
            tier = self._tier(lower, _REMARK_TYPE, PARENT_REF=name)
            for identity, annotation in zip(identities, annotations, strict=True):
                element = ElementTree.SubElement(
                    ElementTree.SubElement(tier, "ANNOTATION"),
                    "REF_ANNOTATION",
                    ANNOTATION_ID=self._new_identity(),
                    ANNOTATION_REF=identity,
                )
                value = ElementTree.SubElement(element, "ANNOTATION_VALUE")
                value.text = annotation.remarks[index]

    def _tier(self, name: str, kind: str, **attributes: str) -> ElementTree.Element:
        attributes |= {"TIER_ID": name, "ANNOTATOR": self._annotator, "LINGUISTIC_TYPE_REF": kind}
        if self._participant:
            attributes["PARTICIPANT"] = self._participant
        return ElementTree.SubElement(self._root, "TIER", attributes)

    def _slots(self, span: HasSpan) -> tuple[str, str]:
        """Return the names of two new times; ELAN knows whole milliseconds, and no span of 0."""
        start_ms = round(1000 * span.start_s)
        names = []
        for time_ms in (start_ms, max(round(1000 * span.end_s), start_ms + 1)):
            name = f"ts{len(self._times) + 1}"
            ElementTree.SubElement(
                self._times, "TIME_SLOT", TIME_SLOT_ID=name, TIME_VALUE=str(time_ms)
            )
            names.append(name)
        return names[0], names[1]

    def _new_identity(self) -> str:
        self.n_annotations += 1
        return f"a{self.n_annotations}"


def _mark_spans(findings: Findings) -> list[_Annotation]:
    """Return marks as spans that do not overlap, as those of one tier must not."""
    spans: list[_Annotation] = []
    for mark in findings.marks:
        note, end_s = printable(mark.note) or "mark", mark.time_s + _MARK_S
        if spans and mark.time_s < spans[-1].end_s:
            last = spans.pop()
            spans.append(last._replace(end_s=end_s, value=f"{last.value}; {note}"))
        else:
            spans.append(_Annotation(mark.time_s, end_s, note))
    return spans


def _limb_spans(findings: Findings) -> dict[str, list[_Annotation]]:
    """Return the episodes of the limbs by the names of their tiers."""
    spans: dict[str, list[_Annotation]] = {}
    for episode in () if findings.body is None else findings.body.episodes:
        # Neither "jerk" nor "tonic", by which tiers of spasms are recognised.
        held = "_held" if episode.kind == "tonic" else ""
        annotation = _Annotation(episode.start_s, episode.end_s, episode.kind)
        spans.setdefault(f"{episode.limb}_{episode.side}{held}", []).append(annotation)
    return dict(sorted(spans.items()))


def _add_media(header: ElementTree.Element, name: str) -> None:
    # In the folder of the file: where the clip lies on this machine is nobody's business.
    url = f"./{quote(name)}"
    mime = mimetypes.guess_type(name)[0] or "video/*"
    ElementTree.SubElement(
        header, "MEDIA_DESCRIPTOR", MEDIA_URL=url, MIME_TYPE=mime, RELATIVE_MEDIA_URL=url
    )


def _add_property(header: ElementTree.Element, name: str, value: str) -> None:
    if value:
        ElementTree.SubElement(header, "PROPERTY", NAME=name).text = value


def _add_types(root: ElementTree.Element) -> None:
    ElementTree.SubElement(
        root,
        "LINGUISTIC_TYPE",
        LINGUISTIC_TYPE_ID=_SPAN_TYPE,
        TIME_ALIGNABLE="true",
        GRAPHIC_REFERENCES="false",
    )
    ElementTree.SubElement(
        root,
        "LINGUISTIC_TYPE",
        LINGUISTIC_TYPE_ID=_REMARK_TYPE,
        TIME_ALIGNABLE="false",
        GRAPHIC_REFERENCES="false",
        CONSTRAINTS=_ASSOCIATION,
    )
    for stereotype, description in _CONSTRAINTS.items():
        ElementTree.SubElement(root, "CONSTRAINT", STEREOTYPE=stereotype, DESCRIPTION=description)


# ELAN writes all four, with these texts.
_CONSTRAINTS = {
    "Time_Subdivision": "Time subdivision of parent annotation's time interval, no time gaps "
    "allowed within this interval",
    "Symbolic_Subdivision": "Symbolic subdivision of a parent annotation. Annotations refering "
    "to the same parent are ordered",
    _ASSOCIATION: "1-1 association with a parent annotation",
    "Included_In": "Time alignable annotations within the parent annotation's time interval, "
    "gaps are allowed",
}
