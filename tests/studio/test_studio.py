"""What the page gets: recordings, traces, the review, ratings from nothing, analyses."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
import zipfile

import av
import numpy as np
import pytest

import hemiscan
from hemiscan.agreement import load_annotations
from hemiscan.recording import Recording
from hemiscan.results import REVIEW_NAME, load_findings

from .conftest import Client, running_studio


def act(studio, recording, after, name, **fields):
    body = {"after": after, "action": {"type": name, **fields}}
    return studio.ask("POST", f"/api/recordings/{recording}/review", body)


def test_a_recording_and_its_frames(studio, results):
    recording = studio.only_recording()
    facts = studio.get(f"/api/recordings/{recording}").json
    assert facts["recording"]["patient"] == "P-1 <script>"
    assert [e["side"] for e in facts["detected"]] == ["left", "right"]
    assert facts["first_frame"] == 0
    assert facts["has_video"] is False
    times = np.frombuffer(studio.get(f"/api/recordings/{recording}/times").body, "<f8")
    findings = load_findings(results)
    np.testing.assert_allclose(times, findings.track.time_s, atol=1e-6)  # the table's decimals
    mesh = studio.get(f"/api/recordings/{recording}/mesh?first=10&count=2").body
    points = np.frombuffer(mesh, "<f4").reshape(2, 478, 2)
    np.testing.assert_array_equal(points, findings.track.landmarks[10:12, :, :2])
    topology = studio.get(f"/api/recordings/{recording}/topology").json
    assert {contour["side"] for contour in topology["contours"]} == {"left", "right"}
    assert studio.get(f"/media/{recording}").status == 404


def test_traces_are_every_frame_or_its_extremes(studio, results):
    recording = studio.only_recording()
    path = f"/api/recordings/{recording}/traces?start_s={{}}&end_s={{}}&points={{}}"
    eye = load_findings(results).series.left[:, 1]
    all_of_it = studio.get(path.format(0, 15, 20_000)).json
    assert len(all_of_it["time_s"]) == 450
    shown = np.array(all_of_it["columns"]["eye_left"], dtype=float)
    np.testing.assert_allclose(shown, eye, atol=1e-5)
    few = studio.get(path.format(0, 15, 40)).json
    assert len(few["time_s"]) == 40
    assert np.nanmax(np.array(few["columns"]["eye_left"], float)) == pytest.approx(
        np.nanmax(eye), abs=1e-5
    )
    part = studio.get(path.format(4.0, 5.0, 512)).json["time_s"]
    assert part[0] < 4.0
    assert part[-1] > 5.0


def test_a_review_is_kept_and_counted(studio, results):
    recording = studio.only_recording()
    assert act(studio, recording, 0, "accept", id="d1").status == 409  # by whom?
    studio.call_me("A. Rater")
    before = (results / "episodes.csv").read_bytes()
    assert act(studio, recording, 0, "reject", id="d1").status == 200
    review = act(studio, recording, 1, "change", id="d2", start_s=9.5).json
    assert [e["state"] for e in review["episodes"]] == ["rejected", "changed"]
    assert review["episodes"][1]["detected"]["start_s"] == pytest.approx(9.0)
    assert review["figures"]["detected"]["count"] == 2
    assert review["figures"]["reviewed"]["count"] == 1
    review = act(studio, recording, 2, "undo").json
    assert [e["state"] for e in review["episodes"]] == ["rejected", "unreviewed"]
    added = act(studio, recording, 3, "add", start_s=1.0, end_s=1.5, side="right").json
    assert added["episodes"][0]["state"] == "added"
    row = studio.get("/api/recordings").json[0]
    assert row["review"] == {"reviewed": 1, "total": 2, "done": False}
    assert row["reviewers"] == ["A. Rater"]
    assert (results / "episodes.csv").read_bytes() == before
    stored = studio.get(f"/api/recordings/{recording}").json["review"]
    assert stored == added


def test_who_comes_second_is_told_the_present_state(studio):
    recording = studio.only_recording()
    studio.call_me("A")
    assert act(studio, recording, 0, "reject", id="d1").status == 200
    late = act(studio, recording, 0, "accept", id="d1")
    assert late.status == 409
    assert late.json["review"]["episodes"][0]["state"] == "rejected"


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("add", {"start_s": 4.5, "end_s": 7.0, "side": "left"}),
        ("change", {"id": "d1", "end_s": 1.0}),
        ("change", {"id": "d1", "start_s": "1"}),
        ("change", {"id": "d9", "start_s": 1.0}),
        ("accept", {}),
        ("explode", {}),
        ("undo", {}),
        ("change", {"id": "d1", "side": "up"}),
        ("change", {"id": "d1", "colour": "red"}),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(studio, results, name, fields):
    studio.call_me("A")
    answer = act(studio, studio.only_recording(), 0, name, **fields)
    assert answer.status == 422
    assert answer.json["message"]
    assert not (results / REVIEW_NAME).exists()


def test_results_as_reviewed_are_written(studio, results):
    recording = studio.only_recording()
    studio.call_me("A")
    act(studio, recording, 0, "reject", id="d1")
    files = studio.ask("POST", f"/api/recordings/{recording}/export", {}).json["files"]
    assert "summary.json" in files
    assert hemiscan.load(results / "reviewed").summary.episodes.count == 1


def test_results_analysed_again_are_read_again(studio, results, make_analysis):
    recording = studio.only_recording()
    assert len(studio.get(f"/api/recordings/{recording}").json["detected"]) == 2
    again = make_analysis(spasms=((4.0, 6.0, "left", "clonic"),), name="clip.mp4")
    again.save(results, plot_formats=(), overwrite=True)
    assert len(studio.get(f"/api/recordings/{recording}").json["detected"]) == 1


def test_rating_from_nothing_tells_nothing_and_is_read_by_agree(studio, results):
    assert studio.get("/api/ratings").status == 409
    studio.call_me("Rater 1")
    (item,) = studio.get("/api/ratings").json["items"]
    path = f"/api/ratings/{item['id']}"
    facts = studio.get(path)
    assert b"P-1" not in facts.body
    assert b"clip.mp4" not in facts.body
    assert facts.json["rating"]["episodes"] == []
    assert studio.get(f"{path}/traces?start_s=0&end_s=1&points=9").status == 404
    assert studio.get(f"/api/recordings/{item['id']}").status == 404
    assert len(studio.get(f"{path}/times").body) == 450 * 8
    spasm = {"type": "add", "start_s": 4.1, "end_s": 5.9, "side": "left", "kind": "clonic"}
    answer = studio.ask("POST", f"{path}/rating", {"after": 0, "action": spasm})
    assert answer.status == 200
    studio.ask("POST", f"{path}/rating", {"after": 1, "action": {"type": "finish"}})
    assert studio.get("/api/ratings").json["items"][0]["done"] is True
    (table,) = (results / "ratings").glob("*.csv")
    (annotation,) = load_annotations(table).raters["Rater 1"]
    assert (annotation.start_s, annotation.end_s, annotation.side) == (4.1, 5.9, "left")


def test_each_rater_has_an_order_of_their_own_that_stays(results, make_analysis):
    for number in range(6):
        other = make_analysis(seconds=3.0 + number / 10, spasms=(), gaps=())
        other.save(results.parent / f"other{number}", plot_formats=())
    orders = {}
    for _ in range(2):
        with running_studio(results.parent) as studio:
            for name in ("A", "B", "C"):
                studio.call_me(name)
                items = studio.get("/api/ratings").json["items"]
                durations = [item["duration_s"] for item in items]
                assert orders.setdefault(name, durations) == durations
    assert len({tuple(order) for order in orders.values()}) > 1
    assert all(sorted(order) == sorted(orders["A"]) for order in orders.values())


def test_a_clip_is_played_as_it_was_analysed(results, write_clip):
    clip = write_clip(results.parent / "film.mp4")
    directory = results.parent / "film_hemiscan"
    analysis = hemiscan.analyze(clip, stills=False)
    analysis.save(directory, plot_formats=())
    with running_studio(directory) as studio:
        recording = studio.only_recording()
        facts = studio.get(f"/api/recordings/{recording}").json
        assert facts["has_video"]
        whole = wait_for_video(studio, recording)
        part = studio.get(f"/media/{recording}", Range="bytes=10-19")
        assert (part.status, part.body) == (206, whole[10:20])
        for broken in ("bytes=999999999-", "bytes=5-2", "bytes=a-b"):
            assert studio.get(f"/media/{recording}", Range=broken).status in (400, 416)


def test_what_browsers_do_not_show_alike_is_made_into_what_they_do(tmp_path, write_clip):
    clip = write_clip(tmp_path / "film.mp4", times=[0.0, 0.04, 0.2, 0.21, 0.5, 0.9])
    analysis = hemiscan.analyze(clip, mirrored=True, start_s=0.03, stills=False)
    analysis.save(tmp_path / "results", plot_formats=())
    with running_studio(tmp_path / "results", clip) as studio:
        recording = studio.only_recording()
        wait_for_video(studio, recording)
        facts = studio.get(f"/api/recordings/{recording}").json
        times = np.frombuffer(studio.get(f"/api/recordings/{recording}/times").body, "<f8")
        shown = io.BytesIO(wait_for_video(studio, recording))
    with av.open(shown) as container:
        played = [frame.time for frame in container.decode(video=0)]
    np.testing.assert_allclose(times + facts["video_start_s"], played, atol=1e-3)
    assert not list(tmp_path.glob("results/*.mp4"))


def wait_for_video(studio: Client, recording: str) -> bytes:
    for _ in range(200):
        answer = studio.get(f"/media/{recording}")
        if answer.status == 200:
            return answer.body
        assert answer.status == 409
        assert answer.json["state"] == "preparing"
        time.sleep(0.05)
    raise AssertionError("the video was never made")


def test_clips_are_taken_analysed_and_cancelled(folder_studio, results, write_clip, tmp_path):
    studio = folder_studio
    film = write_clip(tmp_path / "film.mp4").read_bytes()
    for name in ("../film.mp4", "film.exe", "", "a/b.mp4"):
        assert studio.ask("POST", f"/api/analyses?name={name}", film).status == 422
    assert studio.ask("POST", "/api/analyses?name=film.mp4", b"").status == 422
    job = studio.ask("POST", "/api/analyses?name=film.mp4", film).json
    assert studio.ask("POST", "/api/analyses?name=film.mp4", film).status == 409
    other = studio.ask("POST", "/api/analyses?name=other.mp4", film).json
    cancelled = studio.ask("DELETE", f"/api/analyses/{other['job']}").json
    assert cancelled["state"] == "cancelled"
    for _ in range(600):
        state = studio.get(f"/api/analyses/{job['job']}").json
        if state["state"] not in ("waiting", "running"):
            break
        time.sleep(0.1)
    assert (state["state"], state["message"]) == ("done", "")
    rows = {row["name"]: row["status"] for row in studio.get("/api/recordings").json}
    assert rows == {"clip.mp4": "analysed", "film.mp4": "analysed", "other.mp4": "not analysed"}
    assert not (results.parent / "other_hemiscan").exists()


def test_whose_recording_it_is_changes_at_once_and_without_the_clip(folder_studio, results):
    hemiscan.load(results).save(results, plot_formats=(), save_track=True)  # with a report
    recording = folder_studio.only_recording()
    path = f"/api/recordings/{recording}/identity"
    told = {"patient": "P-2", "visit": "", "date": "2024-05-02", "task": "rest", "note": "late"}
    answer = folder_studio.ask("PUT", path, told)
    assert answer.status == 200
    assert answer.json["recording"].items() >= {**told, "date_source": "given"}.items()
    (row,) = folder_studio.get("/api/recordings").json
    assert row.items() >= told.items()
    assert "P-2" in (results / "report.html").read_text()
    assert folder_studio.get("/api/analyses").json == []
    before = (results / "summary.json").read_bytes()
    for wrong in ({"patient": 7}, {"date": "May"}, {"note": "two\nlines"}):
        answer = folder_studio.ask("PUT", path, wrong)
        assert answer.status == 422
        assert "must" in answer.json["message"]
    assert (results / "summary.json").read_bytes() == before


def test_a_date_that_the_page_shows_shortened_stays(folder_studio, results):
    stated = Recording(date="2023-04-05T06:07:08", date_source="container")
    hemiscan.load(results).with_recording(stated).save(results, plot_formats=(), save_track=True)
    recording = folder_studio.only_recording()
    answer = folder_studio.ask(
        "PUT", f"/api/recordings/{recording}/identity", {"patient": "P-2", "date": "2023-04-05"}
    ).json["recording"]
    assert (answer["date"], answer["date_source"]) == (stated.date, "container")


def test_in_a_study_the_table_tells_whose_recordings_they_are(results, tmp_path):
    study = tmp_path / "opened" / "study"
    results.rename(make_folder(study / "recordings") / "clip")
    (study / "study.json").write_text("{}")
    for root in (study, study.parent, study / "recordings" / "clip"):
        with running_studio(root) as studio:
            path = f"/api/recordings/{studio.only_recording()}/identity"
            answer = studio.ask("PUT", path, {"patient": "P-2"})
        assert answer.status == 409
        assert "study's table" in answer.json["message"]


def make_folder(path):
    path.mkdir(parents=True)
    return path


def test_killed_in_the_middle_of_edits_it_keeps_what_it_confirmed(results):
    program = "from hemiscan.cli import main; main()"
    command = [sys.executable, "-c", program, "studio", str(results), "--no-browser"]
    confirmed = 0
    for _ in range(2):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            address = process.stdout.readline().decode().strip()
            port, token = address.partition("127.0.0.1:")[2].split("/?token=")
            studio = Client(int(port), {"X-Hemiscan-Token": token})
            studio.call_me("A")
            recording = studio.only_recording()
            for number in range(15):
                name = ("accept", "reject")[number % 2]
                review = act(studio, recording, confirmed, name, id="d1").json
                confirmed = review["seq"]
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            process.stdout.close()
    with running_studio(results) as studio:
        review = studio.get(f"/api/recordings/{studio.only_recording()}").json["review"]
    assert review["seq"] == confirmed == 30
    assert review["episodes"][0]["state"] == "accepted" if confirmed % 2 else "rejected"


def test_the_deidentified_clip_is_made_once_and_can_be_fetched(studio):
    path = f"/api/recordings/{studio.only_recording()}/deidentified"
    for _ in range(600):
        answer = studio.get(path)
        if answer.status != 409:
            break
        assert answer.json["state"] == "preparing"
        time.sleep(0.1)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert "de-identified.mp4" in contents
    assert not any(word in data for data in contents.values() for word in (b"clip.mp4", b"P-1"))
    assert studio.get(path).status == 200
