"""ELAN files, read by pympi, checked as the schema of EAF 3.0 asks, and read back."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from hemiscan.agreement import load_annotations
from hemiscan.errors import OutputError
from hemiscan.export import export_elan
from hemiscan.recording import Recording


@pytest.fixture
def eaf(tmp_path, findings):
    path = tmp_path / "clip.eaf"
    export_elan(findings, path)
    return path


def test_another_program_reads_tiers_and_times(eaf):
    pympi = pytest.importorskip("pympi")
    document = pympi.Elan.Eaf(str(eaf), suppress_version_warning=True)
    assert [*document.get_tier_names()] == [
        *("spasm_left", "regions_left", "confidence_left"),
        *("spasm_right", "regions_right", "confidence_right", "blinks", "marks"),
    ]
    assert document.get_annotation_data_for_tier("spasm_left") == [(4000, 6000, "clonic")]
    assert document.get_annotation_data_for_tier("spasm_right") == [(9000, 12000, "tonic")]
    ((*span, regions, of),) = document.get_ref_annotation_data_for_tier("regions_right")
    assert (span, regions, of) == ([9000, 12000], "eye cheek mouth", "tonic")
    assert document.get_annotation_data_for_tier("marks") == [
        (5000, 5200, "says «ah» & smiles"),
        (13500, 13700, "mark"),
    ]
    assert document.media_descriptors[0]["RELATIVE_MEDIA_URL"] == "./clip.mp4"


def test_what_was_exported_is_read_back_as_the_same_episodes(eaf, findings):
    (spasms,) = load_annotations(eaf, clip="clip.mp4").raters.values()
    assert [(of.start_s, of.end_s, of.side, of.kind) for of in spasms] == [
        (of.start_s, of.end_s, of.side, of.kind) for of in findings.episodes
    ]


def test_the_document_is_as_the_schema_asks(eaf):
    """Order of elements, unique identities, references that lead somewhere, whole times."""
    root = ElementTree.parse(eaf).getroot()
    order = ["HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE", "CONSTRAINT"]
    places = [order.index(child.tag) for child in root]
    assert places == sorted(places)
    assert root.attrib["FORMAT"] == "3.0"
    assert {"AUTHOR", "DATE", "VERSION"} <= set(root.attrib)
    tags = [child.tag for child in root.find("HEADER")]
    assert tags == sorted(tags)  # MEDIA_DESCRIPTOR before PROPERTY
    annotations = [a for a in root.iter() if "ANNOTATION_ID" in a.attrib]
    slots = [slot.attrib["TIME_SLOT_ID"] for slot in root.iter("TIME_SLOT")]
    stereotypes = [of.attrib["STEREOTYPE"] for of in root.iter("CONSTRAINT")]
    identities = [a.attrib["ANNOTATION_ID"] for a in annotations] + slots + stereotypes
    assert len(identities) == len(set(identities))
    types = {of.attrib["LINGUISTIC_TYPE_ID"]: of for of in root.iter("LINGUISTIC_TYPE")}
    tiers = {of.attrib["TIER_ID"]: of for of in root.iter("TIER")}
    for tier in tiers.values():
        kind = types[tier.attrib["LINGUISTIC_TYPE_REF"]]
        is_below = "PARENT_REF" in tier.attrib
        assert is_below == ("CONSTRAINTS" in kind.attrib)
        assert kind.attrib["TIME_ALIGNABLE"] == ("false" if is_below else "true")
        assert not is_below or tier.attrib["PARENT_REF"] in tiers
    for annotation in annotations:
        references = [v for n, v in annotation.attrib.items() if "REF" in n]
        assert references
        assert set(references) <= set(identities)
    assert all(slot.attrib["TIME_VALUE"].isdigit() for slot in root.iter("TIME_SLOT"))


def test_the_clip_is_named_without_its_folder(eaf, tmp_path):
    text = eaf.read_text("utf-8")
    assert 'MEDIA_URL="./clip.mp4"' in text
    assert str(tmp_path) not in text


def test_marks_at_one_moment_do_not_overlap(tmp_path, findings):
    marks = [mark._replace(time_s=5.0 + 0.1 * i) for i, mark in enumerate(findings.marks)]
    export_elan(replace(findings, marks=tuple(marks)), tmp_path / "m.eaf")
    (value,) = [
        of.findtext(".//ANNOTATION_VALUE")
        for of in ElementTree.parse(tmp_path / "m.eaf").iter("TIER")
        if of.attrib["TIER_ID"] == "marks"
    ]
    assert value == "says «ah» & smiles; mark"


def test_a_face_without_spasms_is_read_back_as_one(tmp_path, make_analysis):
    export_elan(make_analysis(spasms=()), tmp_path / "none.eaf")
    assert load_annotations(tmp_path / "none.eaf").raters == {"hemiscan": ()}


def test_a_file_that_is_there_is_not_replaced(eaf, findings):
    eaf.write_text("corrected by hand")
    with pytest.raises(OutputError, match=r"clip\.eaf: exists already; .*--overwrite"):
        export_elan(findings, eaf)
    assert eaf.read_text() == "corrected by hand"
    export_elan(findings, eaf, overwrite=True)
    assert eaf.read_text("utf-8").startswith("<?xml")


def test_the_patient_is_the_participant(tmp_path, findings):
    export_elan(findings.with_recording(Recording(patient="P 07")), tmp_path / "p.eaf")
    tiers = ElementTree.parse(tmp_path / "p.eaf").iter("TIER")
    assert {tier.attrib["PARTICIPANT"] for tier in tiers} == {"P 07"}
    assert [*load_annotations(tmp_path / "p.eaf").raters] == ["hemiscan"]


def test_episodes_of_limbs_have_tiers_in_which_none_overlap(tmp_path, body_findings):
    pympi = pytest.importorskip("pympi")
    export_elan(body_findings, tmp_path / "body.eaf")
    document = pympi.Elan.Eaf(str(tmp_path / "body.eaf"), suppress_version_warning=True)
    tiers = [name for name in document.get_tier_names() if name.startswith(("arm", "leg", "trunk"))]
    assert tiers == ["arm_left", "arm_left_held", "leg_right"]
    assert document.get_annotation_data_for_tier("arm_left_held") == [(3500, 6000, "tonic")]
    ((start, end, value),) = document.get_annotation_data_for_tier("arm_left")
    assert (3500 < start < end < 6000, value) == (True, "clonic")


def test_episodes_of_limbs_are_not_read_back_as_spasms_of_the_face(tmp_path, body_findings):
    export_elan(body_findings, tmp_path / "body.eaf")
    (spasms,) = load_annotations(tmp_path / "body.eaf", clip="clip.mp4").raters.values()
    assert len(spasms) == len(body_findings.episodes)
    still = replace(body_findings, episodes=(), blinks=())
    export_elan(still, tmp_path / "still.eaf")
    assert load_annotations(tmp_path / "still.eaf").raters == {"hemiscan": ()}
