"""Files and exports of ELAN."""

from __future__ import annotations

import pytest

from hemiscan.agreement import Annotation

EAF = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="" DATE="2024-05-01T10:00:00+01:00" FORMAT="3.0" VERSION="3.0">
  <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">
    <MEDIA_DESCRIPTOR MEDIA_URL="file:///v.mp4" MIME_TYPE="video/mp4"/>
  </HEADER>
  <TIME_ORDER>
    <TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="1250"/>
    <TIME_SLOT TIME_SLOT_ID="ts2" TIME_VALUE="3000"/>
    <TIME_SLOT TIME_SLOT_ID="ts3" TIME_VALUE="5000"/>
    <TIME_SLOT TIME_SLOT_ID="ts4" TIME_VALUE="5500"/>
    <TIME_SLOT TIME_SLOT_ID="ts5"/>
  </TIME_ORDER>
  {tiers}
</ANNOTATION_DOCUMENT>
"""


def tier(name: str, *marks: tuple[str, int, int, str], **attributes: str) -> str:
    """A tier of annotations: each an id, the numbers of two time slots and a value."""
    also = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f'<TIER LINGUISTIC_TYPE_REF="default-lt" TIER_ID="{name}"{also}>' + "".join(
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{identity}" '
        f'TIME_SLOT_REF1="ts{first}" TIME_SLOT_REF2="ts{last}">'
        f"<ANNOTATION_VALUE>{value}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
        for identity, first, last, value in marks
    ) + "</TIER>"  # fmt: skip


def remarks(name: str, *notes: tuple[str, str]) -> str:
    """A tier of values that refer to annotations of another tier."""
    return f'<TIER LINGUISTIC_TYPE_REF="note" PARENT_REF="spasm" TIER_ID="{name}">' + "".join(
        f'<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="r-{about}" ANNOTATION_REF="{about}">'
        f"<ANNOTATION_VALUE>{value}</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>"
        for about, value in notes
    ) + "</TIER>"  # fmt: skip


@pytest.mark.parametrize(
    "tiers",
    [
        tier("spasm", ("a1", 1, 2, "Left, tonic"), ("a2", 3, 4, "right")),
        tier("left", ("a1", 1, 2, "tonic")) + tier("spasm R", ("a2", 3, 4, "")),
        tier("left", ("a1", 1, 2, "tonic, mouth to the right")) + tier("right", ("a2", 3, 4, ""))
        + tier("notes", ("a3", 1, 4, "look to the left"), ("a4", 1, 5, "")),
        tier("speech", ("a3", 1, 4, "good morning"))
        + tier("spasm", ("a1", 1, 2, ""), ("a2", 3, 4, ""))
        + remarks("side", ("a1", "left"), ("a2", "right")) + remarks("kind", ("a1", "tonic")),
    ],
    ids=["values", "tiers", "tiers before values", "dependent tiers"],
)  # fmt: skip
def test_elan_files_are_read(load, tiers, two):
    assert load(EAF.format(tiers=tiers), "ratings.eaf") == two


def test_elan_files_without_annotations_are_valid(load):
    assert load(EAF.format(tiers=""), "ratings.eaf") == ()
    assert load(EAF.format(tiers=tier("left")), "ratings.eaf") == ()


LEFT = (Annotation(1.25, 3.0, "left"),)
RIGHT = (Annotation(5.0, 5.5, "right"),)
ONE, TWO = ("a1", 1, 2, ""), ("a2", 3, 4, "")


@pytest.mark.parametrize(
    ("tiers", "left_out"),
    [
        (tier("spasm left", ONE) + tier("gaze left", TWO), {"tier 'gaze left'": 1}),
        (tier("Spasmus", ("a1", 1, 2, "links"), ("a2", 3, 4, "unklar")), {"'unklar' (unclear)": 1}),
        (tier("spasm", ("a1", 1, 2, "left"), ("a2", 3, 4, "x")), {"no side in 'x'": 1}),
        (tier("left", ("a1", 1, 2, "spasm"), ("a2", 3, 4, "blink")), {"'blink'": 1}),
        (tier("Auge li.", ONE) + tier("Kopf re.", TWO), {"tier 'Kopf re.'": 1}),
        (tier("OS", ONE) + tier("remarks", TWO), {"tier 'remarks'": 1}),
        (tier("coding", ("a1", 1, 2, "left"), ("a2", 3, 4, "looks left")), {"'looks left'": 1}),
        (tier("spasm left", ONE) + tier("spasms?", TWO), {"no side in 'spasms?'": 1}),
        (tier("left", ONE) + tier("no spasm left", TWO), {"tier 'no spasm left'": 1}),
    ],
)  # fmt: skip
def test_only_what_is_a_spasm_counts_and_the_rest_is_told(read, tiers, left_out):
    file = read(EAF.format(tiers=tiers), "ratings.eaf")
    assert file.raters == {"ratings.eaf": LEFT}
    assert file.left_out == left_out


def test_what_could_have_been_coded_does_not_hide_what_was(load):
    """A template with tiers for both sides, of which another one was filled."""
    tiers = tier("left") + tier("right") + tier("eye left", ONE)
    assert load(EAF.format(tiers=tiers), "ratings.eaf") == LEFT


@pytest.mark.parametrize(
    ("tiers", "raters"),
    [
        (tier("left@MK", ONE) + tier("right@AB", TWO), {"MK": LEFT, "AB": RIGHT}),
        (tier("left@MK", ONE) + tier("left@AB"), {"MK": LEFT, "AB": ()}),
        (tier("R1_left", ONE), {"R1": LEFT}),
        (tier("left R1", ONE) + tier("right R2", TWO), {"R1": LEFT, "R2": RIGHT}),
        (tier("left", ONE, ANNOTATOR="MK") + tier("right@P7", TWO, ANNOTATOR="AB"),
         {"MK": LEFT, "AB": RIGHT}),
        (tier("left", ONE, PARTICIPANT="MK") + tier("right", TWO), {"MK": LEFT + RIGHT}),
        (tier("left", ONE) + tier("left@AB", TWO), {"ratings.eaf": LEFT, "AB": (
            Annotation(5.0, 5.5, "left"),)}),
        (tier("left@MK", ONE) + tier("gaze@P7", TWO), {"MK": LEFT}),
    ],
)  # fmt: skip
def test_raters_are_told_apart(read, tiers, raters):
    assert read(EAF.format(tiers=tiers), "ratings.eaf").raters == raters


def test_raters_and_tiers_can_be_chosen(read, refuse):
    text = EAF.format(tiers=tier("left@MK", ONE) + tier("left@AB", TWO) + tier("gaze right", TWO))
    assert list(read(text, "ratings.eaf", raters=["AB"]).raters) == ["AB"]
    file = read(text, "ratings.eaf", tiers=["left"], raters=["MK"])
    assert file.raters == {"MK": LEFT}
    assert file.left_out == {"rater 'AB'": 1, "tier 'gaze right'": 1}
    gaze = read(text, "ratings.eaf", tiers=["Gaze Right"])
    assert gaze.raters == {"ratings.eaf": RIGHT}
    assert "has no rater 'XY'; it has 'MK', 'AB'" in refuse(text, "ratings.eaf", raters=["XY"])
    assert "has no tier 'mouth'; it has tier 'left@MK'" in refuse(
        text, "ratings.eaf", tiers=["mouth"]
    )


def test_labels_can_be_given_a_meaning(load, refuse):
    text = EAF.format(tiers=tier("K", ("a1", 1, 2, "K1"), ("a2", 3, 4, "K 2")))
    assert "choose with --tier, or say what the labels mean with --map" in refuse(text, "a.eaf")
    meaning = {"k1": "left", "K 2": "right tonic"}
    assert load(text, "a.eaf", labels=meaning) == (*LEFT, Annotation(5.0, 5.5, "right", "tonic"))
    with pytest.raises(ValueError, match="K1=up: a label must be said to mean left, right"):
        load(text, "a.eaf", labels={"K1": "up"})


def test_remarks_on_remarks_are_heeded(load):
    tiers = (
        tier("spasm", ONE)
        + remarks("kind", ("a1", "tonic"))
        + remarks("side", ("r-a1", "left")).replace('"r-r-a1"', '"r2"')
    )
    assert load(EAF.format(tiers=tiers), "a.eaf") == (Annotation(1.25, 3.0, "left", "tonic"),)


@pytest.mark.parametrize(
    ("tiers", "expected"),
    [
        (tier("left", ("a7", 1, 5, "")), "annotation a7 on tier 'left': has no time"),
        (tier("left", ("a7", 1, 9, "")), "annotation a7 on tier 'left': has no time"),
        (tier("left", ("a7", 2, 1, "")), "a7 on tier 'left': end (1.25) must be later"),
        (tier("spasm", ("a7", 1, 2, "tonic")), "has no side in 'tonic' (1)"),
        (tier("gaze left", ONE), "nothing in it names a spasm and its side; it has tier 'gaze"),
    ],
)
def test_a_wrong_annotation_is_named(refuse, tiers, expected):
    assert expected in refuse(EAF.format(tiers=tiers), "ratings.eaf")


def test_the_media_offset_is_added(read):
    text = EAF.format(tiers=tier("left", ONE))
    file = read(text.replace("MIME_TYPE", 'TIME_ORIGIN="1500" MIME_TYPE'), "ratings.eaf")
    assert file.raters == {"ratings.eaf": (Annotation(2.75, 4.5, "left"),)}
    assert file.remarks == ("1.5 s were added to its times, as its media offset says",)


def test_of_several_media_the_offset_of_the_clip_counts(load):
    other = '<MEDIA_DESCRIPTOR MEDIA_URL="file:///a%20b.mp4" TIME_ORIGIN="500"/></HEADER>'
    text = EAF.format(tiers=tier("left", ONE)).replace("</HEADER>", other)
    assert load(text, "a.eaf", clip="v.mp4") == LEFT
    assert load(text, "a.eaf", clip="a b.mp4") == (Annotation(1.75, 3.5, "left"),)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (EAF.replace('"milliseconds"', '"PAL-frames"'), "has times in 'PAL-frames'"),
        (EAF.replace('"3000"', '"soon"'), "annotation a1 on tier 'left': 'soon' is no time"),
        (EAF.replace('"3000"', f'"{"9" * 5000}"'), "on tier 'left': '99999"),
        (EAF.replace('"3000"', '"NaN"'), "on tier 'left': 'NaN' is no time that a clip can have"),
        (EAF.replace("MIME_TYPE", 'TIME_ORIGIN="x" MIME_TYPE'), "media offset must be millisec"),
    ],
)
def test_impossible_times_are_named(refuse, text, expected):
    message = refuse(text.format(tiers=tier("left", ONE)), "ratings.eaf")
    assert expected in message
    assert len(message) < 300


def test_damaged_and_hostile_xml_is_refused(refuse):
    assert "damaged" in refuse(EAF.format(tiers="<TIER>"), "ratings.eaf")
    assert "damaged" in refuse("", "ratings.eaf")
    encoding = EAF.format(tiers="").replace("UTF-8", "UJF-8")
    assert "unknown encoding: UJF-8" in refuse(encoding, "ratings.eaf")
    assert "its root is 'html'" in refuse("<html/>", "ratings.html")
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
        "<ANNOTATION_DOCUMENT>&b;</ANNOTATION_DOCUMENT>"
    )
    assert "document type" in refuse(bomb, "ratings.eaf")


EXPORT_BY_TIER = (
    "Begin Time - hh:mm:ss.ms\tBegin Time - ss.msec\tEnd Time - hh:mm:ss.ms\tEnd Time - ss.msec\t"
    "Duration - hh:mm:ss.ms\tDuration - ss.msec\tleft\tspasm right\tgaze left\n"
    "00:00:01.250\t1.25\t00:00:03.000\t3.0\t00:00:01.750\t1.75\ttonic\t\t\n"
    "00:00:05.000\t5.0\t00:00:05.500\t5.5\t00:00:00.500\t0.5\t\tspasm\tup\n"
)


@pytest.mark.parametrize(
    "text",
    [
        EXPORT_BY_TIER,
        EXPORT_BY_TIER.replace("Begin Time", "Temps de départ").replace("End Time", "Temps de fin"),
        "left\t\t00:00:01.250\t00:00:03.000\t00:00:01.750\ttonic\n"
        "gaze right\t\t00:00:02.000\t00:00:02.500\t00:00:00.500\tup\n"
        "spasm right\t\t00:00:05.000\t00:00:05.500\t00:00:00.500\t\n",
        "left\t\t1.25\t3.0\t1.75\ttonic\nspasm right\t\t5.0\t5.5\t0.5\t\n",
        "left\t1250\t3000\t1750\ttonic\nspasm right\t5000\t5500\t500\tx\n",
        '"#file:///ratings.eaf"\nleft\t\t1.25\t3.0\t1.75\ttonic\nright\t\t5.0\t5.5\t0.5\t\n',
        "Tier\tBegin Time - msec\tEnd Time - msec\tAnnotation\n"
        "left\t1250\t3000\ttonic\nright\t5000\t5500\t\n",
    ],
    ids=["by tier", "French", "clock", "seconds", "milliseconds", "file line", "header"],
)
def test_tab_delimited_exports_are_read(load, text, two):
    assert load(text, "ratings.txt") == two


def test_participants_of_an_export_are_raters(read):
    text = "left\tMK\t1.25\t3.0\tx\nright\tAB\t5.0\t5.5\tx\n"
    assert read(text, "ratings.txt").raters == {"MK": LEFT, "AB": RIGHT}
