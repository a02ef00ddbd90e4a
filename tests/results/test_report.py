"""The report, parsed."""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from hemiscan.analysis import Analysis
from hemiscan.clinical import SPREADS, summarize
from hemiscan.episodes import DetectorConfig, DetectorName
from hemiscan.findings import Mark
from hemiscan.overlay.stills import Still
from hemiscan.plots.style import DASH
from hemiscan.recording import Recording
from hemiscan.results.report import render_report
from hemiscan.tracking.track import NO_FACE_WARNING

MakeAnalysis = Callable[..., Analysis]
VOID = {"meta", "img", "br", "link", "hr"}
LOADING = {"src", "href", "data", "action", "poster", "srcset", "background"}


STILLS = (
    {
        "before": Still(3.5, b"calm", b"calm eyes"),
        "peak": Still(4.25, b"drawn", b"drawn eyes"),
        "after": Still(6.5, b"again", b"eyes again"),
    },
    {"peak": Still(10.0, b"held", b"held eyes")},
)
"""Made-up bytes in place of the pictures of two episodes; the second lacks two of them."""


class Page(HTMLParser):
    """The elements of a page; fails where tags do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        self.text += " "

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.text += data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_page_refers_to_nothing_outside(spasm_analysis: Analysis) -> None:
    html = render_report(spasm_analysis, stills=STILLS)
    page = Page(html)
    for _, attributes in page.elements:
        for name in LOADING & set(attributes):
            assert attributes[name].startswith(
                ("data:image/png;base64,", "data:image/jpeg;base64,")
            )
    assert not page.all("script")
    assert not page.all("link")
    style = html[html.index("<style>") : html.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    assert "//" not in style
    policy = next(m for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert policy["content"].startswith("default-src 'none'")


def test_page_can_be_read_without_seeing(spasm_analysis: Analysis) -> None:
    page = Page(render_report(spasm_analysis))
    assert page.all("html") == [{"lang": "en"}]
    (picture,) = page.all("img")
    assert all(drawing["aria-label"] for drawing in page.all("svg"))
    assert "1 on the left and 1 on the right side" in picture["alt"]
    assert len(page.all("h1")) == len(page.all("main")) == 1
    assert all(cell["scope"] in {"col", "row"} for cell in page.all("th"))
    ids = {attributes["id"] for _, attributes in page.elements if "id" in attributes}
    assert {a["aria-labelledby"] for _, a in page.elements if "aria-labelledby" in a} <= ids


def test_names_are_escaped(make_analysis: MakeAnalysis) -> None:
    name = "<script>alert(1)</script>&\"'.mp4"
    html = render_report(make_analysis(name=name))
    page = Page(html)
    assert not page.all("script")
    assert page.text.count(name) == 2
    assert "&lt;script&gt;" in html


def test_episodes_come_before_scales(spasm_analysis: Analysis) -> None:
    html = render_report(spasm_analysis, stills=STILLS)
    order = re.findall(r"<h2 [^>]*>([^<]+)<", html)
    assert order == [
        "Timeline",
        "Episodes",
        "Clinical measures",
        "Weakness of one side",
        "Episodes, one by one",
        "Scales",
        "Quality of the recording",
        "What the measures mean",
        "What hemiscan is not",
        "Method, settings and versions",
    ]


@pytest.mark.parametrize("detector", ["learned", "causal", "rules"])
def test_score_and_confidence_are_those_of_the_detector(
    spasm_analysis: Analysis, detector: DetectorName
) -> None:
    """Only the rules have thresholds of movement, and no calibrated confidence."""
    text = Page(render_report(replace(spasm_analysis, config=DetectorConfig(detector)))).text
    is_rules = detector == "rules"
    assert ("goes beyond the thresholds below" in text) is is_rules
    assert ("trained on spasms rendered onto real faces" in text) is not is_rules
    assert ("looks ahead by a fifth of a second only" in text) is (detector == "causal")
    confidence = text.partition("Confidence The ")[2].partition("Spread")[0]
    assert confidence.startswith("probability that the episode is a true one") is not is_rules
    assert ("it is not a probability" in confidence) is is_rules


def test_the_terms_used_are_defined(spasm_analysis: Analysis) -> None:
    html = render_report(spasm_analysis)
    meaning = html.partition('id="meaning"')[2].partition("</section>")[0].lower()
    for term in (*SPREADS, "score rests on", "mouth after eye", "laterality index", "confidence"):
        assert term in meaning, term
    assert "negative where the mouth is" in meaning
    assert "negative where the left eye is first" in meaning


def test_the_difference_at_rest_names_the_half(spasm_analysis: Analysis) -> None:
    rest = {"brow": float("nan"), "eye": 0.2, "cheek": -0.01, "mouth": -0.03, "chin": 0.0}
    summary = replace(spasm_analysis.summary, resting_asymmetry=rest)
    text = Page(render_report(replace(spasm_analysis, summary=summary))).text
    assert "eye 20.0% left eye closed" in text
    assert "mouth 3.0% right mouth drawn" in text
    assert "cheek 1.0% neither clearly" in text
    assert "Difference of the two halves at rest" in text
    unknown = replace(summary, resting_asymmetry=dict.fromkeys(rest, float("nan")))
    page = Page(render_report(replace(spasm_analysis, summary=unknown)))
    assert "Half that looks more contracted" not in page.text


def test_every_printed_page_has_clip_and_date(make_analysis: MakeAnalysis) -> None:
    html = render_report(make_analysis(name="visit 2.mp4"), made_on=dt.date(2026, 11, 26))
    assert '@top-left { content: "visit 2.mp4";' in html
    assert '@top-right { content: "recorded\\3a  date unknown\\2c  analysed 2026-11-26";' in html
    assert "analysed on 2026-11-26" in Page(html).text


def test_a_name_cannot_leave_the_style_sheet(make_analysis: MakeAnalysis) -> None:
    """Quotes, backslashes, line breaks and the end of the element, all in a clip's name."""
    name = 'a";}\\ </style><script>alert(1)</script>\n{.mp4'
    html = render_report(make_analysis(name=name))
    style = html[html.index("<style>") : html.index("</style>")]
    line = next(line for line in style.splitlines() if "@top-left" in line)
    assert line.count('"') == 2 + 2 * line.count("Segoe")
    assert "script>" not in line
    assert not Page(html).all("script")


def test_a_long_name_leaves_room_for_the_date(make_analysis: MakeAnalysis) -> None:
    html = render_report(make_analysis(name="x" * 300 + ".mp4"))
    header = html.partition("@top-left { content: ")[2].partition(";")[0]
    assert len(header) < 80


def test_subject_and_visit_are_named_in_the_header_and_on_every_printed_page(
    spasm_analysis: Analysis,
) -> None:
    known = spasm_analysis.with_recording(
        Recording("P-07", "before injection", date="2026-11-20", task="rest", note="tired")
    )
    html = render_report(known, made_on=dt.date(2026, 11, 26))
    facts = "patient P-07 visit before injection recorded 2026-11-20 task rest note tired"
    assert facts in Page(html).text
    footer = html.partition("@bottom-left { content: ")[2].partition(";")[0]
    assert "patient P-07" in footer
    assert "visit before injection" in footer
    assert '"recorded\\3a  2026-11-20\\2c  analysed 2026-11-26"' in html


def test_who_is_not_named_is_told_of_only_the_unknown_date(spasm_analysis: Analysis) -> None:
    header = Page(render_report(spasm_analysis)).text.partition("frames a second")[0]
    assert "recorded date unknown" in header
    assert "patient" not in header


def test_the_date_of_a_container_is_not_taken_for_a_given_one(spasm_analysis: Analysis) -> None:
    track = spasm_analysis.track
    stated = replace(track.source, recorded_at="2024-03-01T08:15:30+00:00")
    dated = replace(spasm_analysis, track=replace(track, source=stated)).with_recording(Recording())
    assert "recorded 2024-03-01 by its file" in Page(render_report(dated)).text


@pytest.mark.parametrize("field", ["patient", "visit", "task", "note"])
def test_an_identity_is_shown_and_never_executed(spasm_analysis: Analysis, field: str) -> None:
    text = '</style><script>alert(1)</script><img src=x onerror="alert(2)">'
    html = render_report(spasm_analysis.with_recording(Recording(**{field: text})))
    page = Page(html)
    assert not page.all("script")
    assert not [img for img in page.all("img") if "onerror" in img]
    assert text in page.text
    assert html.count("</style>") == 1


def test_episodes_are_listed_with_their_peak_region(spasm_analysis: Analysis) -> None:
    text = Page(render_report(spasm_analysis)).text
    assert "2 one-sided episodes were found in 14.0 s of analysable video" in text
    rows = re.findall(r"(\d) (\d+\.\d\d) (\d+\.\d\d) (\d\.\d\d) (left|right) (clonic|tonic)", text)
    assert rows == [
        ("1", "4.00", "6.00", "2.00", "left", "clonic"),
        ("2", "9.00", "12.00", "3.00", "right", "tonic"),
    ]
    assert text.count("50% eye 0.90") == 2


def test_measures_stand_beside_their_intervals(spasm_analysis: Analysis) -> None:
    text = Page(render_report(spasm_analysis)).text
    assert "Episodes a minute 8.6 1.0 to 31.0 2 episodes in 14.0 s" in text
    assert "Time in spasm 36% 4% to 100% 5.0 s of 14.0 s" in text
    assert "1 left, 1 right; laterality index 0.00" in text
    assert "Usual spread eye to mouth farthest: eye to mouth" in text
    assert "Other Babinski sign 2 of 2" in text
    assert f"Blinks, closure of the eye 1 95% 90% 1.06 {DASH} unknown" in text
    assert f"Smiles, pull of the mouth corner 0 {DASH} {DASH} {DASH} {DASH} unknown" in text


def test_each_eye_has_its_speeds_and_what_they_need(spasm_analysis: Analysis) -> None:
    left = replace(
        spasm_analysis.summary.blinks.left, closing_speed=18.25, closing_speed_ci95=(15.0, 21.0)
    )
    blinks = replace(spasm_analysis.summary.blinks, left=left)
    summary = replace(spasm_analysis.summary, blinks=blinks)
    text = Page(render_report(replace(spasm_analysis, summary=summary))).text
    assert f"Closing speed, openings a second 18.2 15.0 to 21.0 {DASH} {DASH} 60 frames/s" in text
    assert f"Depth 95% {DASH} 90% {DASH}" in text
    assert "Complete blinks 100%" in text


def test_every_grade_has_its_rule_and_its_caution(spasm_analysis: Analysis) -> None:
    text = Page(render_report(spasm_analysis)).text
    for scale in spasm_analysis.summary.scales:
        grades = " or ".join(f"{grade} {wording}" for grade, wording in scale.grades.items())
        assert f"{scale.scale} {grades} Rule {scale.rule} Caution {scale.caution}" in text


def test_each_episode_has_face_and_eyes_and_its_score(spasm_analysis: Analysis) -> None:
    page = Page(render_report(spasm_analysis, stills=STILLS))
    pictures = [img for img in page.all("img") if img["src"].startswith("data:image/jpeg")]
    shown = [base64.b64decode(img["src"].partition(",")[2]) for img in pictures]
    assert shown == [
        *(b"calm", b"drawn", b"again", b"calm eyes", b"drawn eyes", b"eyes again"),
        *(b"held", b"held eyes"),
    ]
    assert {img["width"] for img in pictures} == {"360"}
    assert all(img["alt"] for img in pictures)
    assert "before 3.50 peak 4.25 after 6.50" in page.text
    assert page.text.count("not in the clip") == 2
    assert len(page.all("svg")) == 2
    assert "no other file does but a clip with overlay" in page.text


def test_without_pictures_there_are_none(spasm_analysis: Analysis) -> None:
    page = Page(render_report(spasm_analysis))
    assert [img["src"][:14] for img in page.all("img")] == ["data:image/png"]
    assert len(page.all("svg")) == 2
    assert "no other file does but a clip with overlay" not in page.text
    assert "not in the clip" not in page.text


def test_one_sided_result_is_said_in_words(make_analysis: MakeAnalysis) -> None:
    left = [(2.0, 3.0, "left", "clonic"), (5.0, 6.0, "left", "clonic")]
    many = Page(render_report(make_analysis(spasms=left))).text
    assert "2 one-sided episodes were found" in many
    assert "video, all on the left side." in many
    single = Page(render_report(make_analysis(spasms=left[:1]))).text
    assert "1 one-sided episode was found" in single
    assert "video, on the left side." in single


def test_nothing_found_is_a_plain_result(make_analysis: MakeAnalysis) -> None:
    text = Page(render_report(make_analysis(spasms=[], gaps=[]))).text
    assert "No one-sided episode was found in 15.0 s of analysable video." in text
    assert "Affected side none" in text
    assert "What limits this result" not in text
    assert "Jankovic" not in text
    assert "one by one" not in text


def test_no_face_shows_no_figures_that_look_healthy(make_analysis: MakeAnalysis) -> None:
    page = Page(render_report(make_analysis(spasms=[], gaps=[(0.0, 15.0)], blink_every_s=99.0)))
    assert "Nothing could be measured in this clip." in page.text
    assert NO_FACE_WARNING in page.text
    assert not page.all("img")
    assert "Affected side none" not in page.text
    assert "What hemiscan is not" in page.text


def test_a_face_too_poor_to_judge_shows_no_figures_either(make_analysis: MakeAnalysis) -> None:
    analysis = make_analysis(spasms=[], blink_every_s=99.0)
    series = replace(analysis.series, quality=np.zeros_like(analysis.series.quality))
    summary = summarize(analysis.track, series, (), (), analysis.config)
    page = Page(render_report(replace(analysis, series=series, summary=summary)))
    assert "Nothing could be measured in this clip." in page.text
    assert "Affected side none" not in page.text
    assert len(page.all("img")) == 1


def test_many_episodes_each_have_a_row(make_analysis: MakeAnalysis) -> None:
    spasms = [(5.0 * i + 1, 5.0 * i + 3, "right", "clonic") for i in range(60)]
    text = Page(render_report(make_analysis(seconds=310.0, spasms=spasms))).text
    assert len(re.findall(r"right clonic eye, cheek, mouth", text)) == 60
    assert "60 4:56.00 4:58.00 2.00 right clonic" in text


def test_more_episodes_than_can_be_shown_say_so(
    make_analysis: MakeAnalysis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hemiscan.results._report_rows.MAX_EPISODES", 2)
    spasms = [(5.0 * i + 1, 5.0 * i + 3, "right", "clonic") for i in range(3)]
    page = Page(render_report(make_analysis(seconds=20.0, spasms=spasms)))
    assert len(page.all("article")) == 2
    assert "These are the first 2 of 3 episodes" in page.text


def test_limits_settings_and_versions_are_stated(spasm_analysis: Analysis) -> None:
    summary = replace(spasm_analysis.summary, warnings=("3 timestamps were repaired.",))
    text = Page(render_report(replace(spasm_analysis, summary=summary))).text
    assert "What limits this result 3 timestamps were repaired." in text
    assert "makes no diagnosis" in text
    for name, value in spasm_analysis.config.to_dict().items():
        assert f"{name} {value} " in text
    assert "mediapipe 0.10.31 locates 478 points" in text


@pytest.mark.parametrize("mirrored", [True, False])
def test_mirrored_and_cut_clips_say_so(spasm_analysis: Analysis, mirrored: bool) -> None:
    clip = {**spasm_analysis.summary.clip, "mirrored": mirrored, "start_s": 100.0}
    summary = replace(spasm_analysis.summary, clip=clip)
    text = Page(render_report(replace(spasm_analysis, summary=summary))).text
    assert ("declared as mirrored" in text) is mirrored
    assert "15.0 s (from 100.0 to 115.0)" in text


def test_a_live_run_tells_camera_start_and_marks(spasm_analysis: Analysis) -> None:
    live = {"source": "camera 0", "started": "2026-01-02T10:31:05.123+01:00"}
    marks = (Mark(2.5, "smiles <on request>"), Mark(7.0))
    summary = replace(spasm_analysis.summary, live=live)
    page = Page(render_report(replace(spasm_analysis, summary=summary, marks=marks)))
    assert "filmed live from camera 0" in page.text
    assert "started on 2026-01-02 at 10:31:05" in page.text
    assert f"1 2.5 smiles <on request> 2 7.0 {DASH}" in page.text
    plain = Page(render_report(spasm_analysis))
    assert "Marks" not in plain.text
    assert "live" not in plain.text
