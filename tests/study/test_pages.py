"""The pages of a study."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest

from hemiscan import Analysis
from hemiscan.errors import OutputError
from hemiscan.study import (
    ManifestRow,
    RecordingOverview,
    describe_recording,
    patient_pages,
    render_index,
    render_patient,
    save_patient_pages,
    total,
)
from hemiscan.study.overview import TIMELINE_STEPS
from tests.study.faked import fake_recordings

NASTY = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&"
DAY = dt.date(2026, 11, 26)


@pytest.fixture(scope="module")
def recordings() -> list[RecordingOverview]:
    return fake_recordings(24)


def page_data(page: str) -> dict:
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    return json.loads(text)


def test_a_recording_is_described_by_its_summary(spasm_analysis: Analysis) -> None:
    row = ManifestRow(
        2,
        Path("/x/clip.mp4"),
        "P01",
        "week 4",
        treatment="toxin",
        dose=25,
        treatment_date="2026-01-02",
    )
    shown = describe_recording(row, "P01_ab", spasm_analysis.summary, spasm_analysis.episodes)
    assert (shown.patient, shown.clip, shown.status) == ("P01", "clip.mp4", "done")
    assert (shown.treatment, shown.treatment_date) == ("toxin 25", "2026-01-02")
    assert (shown.left_count, shown.right_count, shown.seconds) == (1, 1, 15.0)
    assert shown.left_steps == ((256, 384),)  # from 4 to 6 of 15 s
    assert shown.right_steps == ((576, 768),)
    assert shown.per_minute_ci95 == spasm_analysis.summary.episodes.per_minute_ci95
    assert shown.attention == ""


def test_a_part_of_a_clip_has_its_episodes_where_they_are_in_it(spasm_analysis: Analysis) -> None:
    clip = {**spasm_analysis.summary.clip, "start_s": 3.0, "seconds": 10.0}
    summary = replace(spasm_analysis.summary, clip=clip)
    row = ManifestRow(2, Path("/x/clip.mp4"))
    shown = describe_recording(row, "x", summary, spasm_analysis.episodes)
    assert shown.left_steps == ((96, 288),)
    assert shown.right_steps == ((576, 864),)


def test_many_episodes_take_no_more_room_than_the_timeline(spasm_analysis: Analysis) -> None:
    episode = spasm_analysis.episodes[0]
    many = [replace(episode, start_s=t / 100, end_s=t / 100 + 0.005) for t in range(1500)]
    shown = describe_recording(
        ManifestRow(2, Path("/x/clip.mp4")), "x", spasm_analysis.summary, many
    )
    assert len(shown.left_steps) <= TIMELINE_STEPS / 2


@pytest.mark.parametrize(
    ("changes", "attention", "remark"),
    [
        ({"status": "failed", "error": "no video"}, "failed", "no video"),
        ({"status": "waiting"}, "waiting", "not analysed yet"),
        ({"seconds": 60.0, "analyzable_s": 30.0, "coverage": 0.9}, "low quality", "only 50%"),
        ({"seconds": 60.0, "analyzable_s": 0.0, "coverage": 0.0}, "low quality", "no face"),
        ({"seconds": 60.0, "analyzable_s": 50.0, "coverage": 0.9}, "", ""),
        ({"seconds": math.nan, "analyzable_s": 0.0, "coverage": 0.5}, "low quality", "only"),
    ],
)
def test_who_needs_a_look(changes: dict, attention: str, remark: str) -> None:
    shown = RecordingOverview(**{"folder": "x", "status": "done", **changes})
    assert shown.attention == attention
    assert shown.remark.startswith(remark)


def test_the_figures_are_those_of_the_rows(recordings: list[RecordingOverview]) -> None:
    totals = total(recordings)
    assert (totals.patients, totals.visits, totals.recordings) == (24, 96, 96)
    assert totals.done + totals.failed == 96
    assert totals.left_count == sum(r.left_count for r in recordings)
    page = render_index(recordings, name="toxin", made_on=DAY)
    assert f">{totals.done} <small>of 96</small>" in page
    assert f"{totals.failed} failed, {totals.low_quality} of low quality" in page
    assert "as of 2026-11-26" in page


def test_failures_and_low_quality_come_first(recordings: list[RecordingOverview]) -> None:
    rows = page_data(render_index(recordings))["recordings"]
    attention = [row[6] for row in rows]
    order = {"failed": 0, "low quality": 1, "": 2}
    assert attention == sorted(attention, key=order.__getitem__)
    assert attention.count("failed") == total(recordings).failed > 0


def test_small_timelines_lie_where_the_episodes_lie() -> None:
    shown = RecordingOverview("x", status="done", left_steps=((0, 4), (8, 12), (400, 401)))
    (row,) = page_data(render_index([shown]))["recordings"]
    assert row[16:] == [[0, 1, 2, 1, 100, 1], []]


def test_nothing_outside_is_asked_for_and_only_our_script_runs(
    recordings: list[RecordingOverview],
) -> None:
    page = render_index(recordings)
    assert "default-src 'none'" in page
    assert re.search(r"script-src 'sha256-[\w+/]{43}='", page)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page)
    assert not re.search(r"\s(on\w+|style)=", page.split("<script")[0])
    assert "://" not in render_patient(recordings[:4])


def test_what_people_wrote_is_text_and_nothing_else() -> None:
    shown = RecordingOverview(
        "x", NASTY, NASTY, "2026-01-01", NASTY, NASTY, NASTY, NASTY, status="failed", error=NASTY
    )
    other = replace(shown, status="done", error="", seconds=60.0, analyzable_s=20.0, coverage=0.5)
    index, patient = render_index([shown, other], name=NASTY), render_patient([shown, other])
    for page in (index, patient):
        assert "<img" not in page
        assert "<script>alert" not in page
    assert index.count("<script") == 2
    assert patient.count("<script") == 0
    assert page_data(index)["patients"][0][0] == NASTY


def test_a_patient_has_all_visits_by_date(recordings: list[RecordingOverview]) -> None:
    own = [r for r in recordings if r.patient == "P-003"]
    page = render_patient(own[::-1], made_on=DAY)
    places = [page.index(f'class="wide">{visit}') for visit in ("baseline", "week 4", "week 12")]
    assert places == sorted(places)
    assert page.count('class="long"') == sum(r.status == "done" for r in own)
    for recording in own:
        if recording.status == "done":
            assert f"../recordings/{recording.folder}/report.html" in page


@pytest.mark.parametrize("status", ["failed", "waiting"])
def test_a_patient_without_any_results_has_a_page(status: str) -> None:
    page = render_patient([RecordingOverview("x", "P01", clip="a.mp4", status=status)])
    assert "a.mp4" in page
    assert "Timelines" not in page


def test_pages_have_names_that_are_files_everywhere() -> None:
    patients = ["P-01", "p-01", "a/b", "../x", "CON", "", "Müller", "P-01", "***", "x" * 300]
    pages = patient_pages(patients)
    assert list(pages) == list(dict.fromkeys(filter(None, patients)))
    assert pages["P-01"] == "patients/P-01.html"
    assert pages["Müller"] == "patients/Müller.html"
    names = [name.removeprefix("patients/") for name in pages.values()]
    assert len({name.casefold() for name in names}) == len(names)
    assert all(re.fullmatch(r"[\w-]{1,80}\.html", name) for name in names)
    assert pages["CON"] != "patients/CON.html"


def test_pages_are_written_and_those_of_former_patients_go(
    tmp_path: Path, recordings: list[RecordingOverview]
) -> None:
    save_patient_pages(recordings[:8], tmp_path)
    (tmp_path / "patients" / "mine.html").write_text("mine")
    save_patient_pages(recordings[:4], tmp_path, outdated=["patients/P-002.html"])
    names = {path.name for path in (tmp_path / "patients").iterdir()}
    assert names == {"P-001.html", "mine.html"}
    for patient, address in page_data(render_index(recordings[:4]))["patients"]:
        assert (tmp_path / unquote(address)).is_file(), patient


def test_what_stands_in_the_way_of_pages_is_named(tmp_path: Path) -> None:
    (tmp_path / "patients").write_text("a file")
    with pytest.raises(OutputError, match="patients"):
        save_patient_pages([RecordingOverview("x", "P01")], tmp_path)
