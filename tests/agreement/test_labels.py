"""Sides, kinds and raters in words."""

from __future__ import annotations

import pytest

from hemiscan.agreement._labels import LabelReader, split_rater


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("left", "left"), ("R", "right"), ("spasmLeft", "left"), ("LEFT_eye", "left"),
        ("cleft", ""), ("bright light", ""), ("", ""), ("left side", "left"), ("OD", "right"),
        ("OS", "left"), ("links", "left"), ("Rechte Seite", "right"), ("gauche", "left"),
        ("l'œil droit", "right"),
        ("izquierda", "left"), ("Derecho", "right"), ("sinistra", "left"), ("destro", "right"),
        ("esquerda", "left"), ("direito", "right"), ("vänster",
        "left"), ("højre", "right"), ("prawa strona", "right"),
        ("左側", "left"), ("R. Left", "left"),
        ("R. Smith", ""), ("left2", "left"),
    ],
)  # fmt: skip
def test_sides(text, side):
    assert LabelReader().read(text).sides == ({side} if side else set())


@pytest.mark.parametrize("text", ["both", "left and right", "beidseits", "OD/OS", "bilateral"])
def test_both_sides(text):
    assert LabelReader().read(text).sides == {"left", "right"}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("left Tonic", "tonic"), ("myoclonic", None), ("tonic-clonic", None),
        ("klonisch", "clonic"),
        ("tonique", "tonic"), ("clónico", "clonic"),
    ],
)  # fmt: skip
def test_kinds(text, kind):
    assert LabelReader().read(text).kind == kind


@pytest.mark.parametrize(
    ("text", "is_spasm", "is_other"),
    [
        ("spasm", True, False), ("Lidkrampf", True, False), ("blink-like spasm", True, True),
        ("blepharospasm", False, True), ("no spasm", False, True), ("keine Zuckung", False, True),
        ("gaze left", False, True), ("eye", False, False), ("HFS", True, False),
    ],
)  # fmt: skip
def test_what_is_a_spasm(text, is_spasm, is_other):
    label = LabelReader().read(text)
    assert (label.is_spasm, label.is_other) == (is_spasm, is_other)


def test_a_meaning_comes_before_the_words():
    reader = LabelReader({"links": "right", "gaze": "spasm", "li. Auge": "left clonic"})
    assert reader.read("links").sides == {"right"}
    assert reader.read("gaze").is_spasm
    assert not reader.read("gaze").is_other
    label = reader.read("LI-AUGE")
    assert (label.sides, label.kind, label.is_spasm) == ({"left"}, "clonic", True)


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("left@MK", ("left", "MK")), ("R1_left", ("left", "R1")), ("left_R2", ("left", "R2")),
        ("spasm left rater 2", ("spasm left", "rater 2")), ("raterMK_left", ("left", "raterMK")),
        ("rater left", ("rater left", "")), ("R_left", ("R_left", "")), ("R1", ("", "R1")),
        ("spasm@", ("spasm@", "")), ("left", ("left", "")),
    ],
)  # fmt: skip
def test_raters(name, split):
    assert split_rater(name) == split
