from __future__ import annotations

from dataclasses import replace

import av
import cv2
import numpy as np
import pytest

from hemiscan.errors import OutputError, ResultFileError
from hemiscan.export import export_deidentified, export_results
from hemiscan.overlay import draw_deidentified
from hemiscan.pipeline import analyze_track
from hemiscan.recording import Recording
from hemiscan.synthetic import Spasm, synthesize_track


@pytest.fixture(scope="module")
def findings():
    track = synthesize_track(
        [Spasm(0.5, 0.6, "left")], duration_s=1.5, gaps_s=[(1.3, 1.5)], frame_rate_hz=20
    )
    whose = Recording(patient="Jane Doe", note="secret", clip="jane.mp4")
    return analyze_track(track).with_recording(whose)


def test_frames_have_the_clip_s_times_and_there_is_neither_sound_nor_name(findings, tmp_path):
    path = tmp_path / "face.mp4"
    export_deidentified(findings, path)
    with av.open(path) as container:
        assert not container.streams.audio
        assert "title" not in container.metadata
        times = [frame.time for frame in container.decode(video=0)]
    np.testing.assert_allclose(times, findings.track.time_s - findings.track.time_s[0], atol=1e-3)
    content = path.read_bytes()
    assert not any(word in content for word in (b"Jane", b"secret", b"jane.mp4"))
    with pytest.raises(OutputError, match="exists already"):
        export_deidentified(findings, path)


def test_each_eye_is_drawn_as_open_as_it_was_measured(findings):
    track = findings.track

    def drawn(left, right):
        openings = np.tile(np.array([left, right], np.float32), (track.n_frames, 1))
        return draw_deidentified(replace(track, lid_opening=openings), 0)

    both, left_closed = drawn(0.3, 0.3), drawn(0.0, 0.3)
    changed = np.argwhere((both != left_closed).any(axis=2))
    nose_x = track.landmarks[0, 1, 0]
    assert len(changed)
    assert (changed[:, 1] > nose_x).all()  # the subject's left is at the right of the frame


def test_stills_lie_beside_the_clip_and_hold_nothing_but_lines(findings, tmp_path):
    written = export_deidentified(findings, tmp_path / "face.mp4")
    names = [f"episode_01_left_{moment}.jpg" for moment in ("1_before", "2_peak", "3_after")]
    stills = [tmp_path / "face_stills" / name for name in names]
    assert len(findings.episodes) == 1
    assert written == [tmp_path / "face.mp4", *stills]
    assert sorted((tmp_path / "face_stills").iterdir()) == stills
    for path in stills:
        assert jpeg_segments(path.read_bytes()) == PLAIN_JPEG
    shown = [cv2.imread(str(path)) for path in stills]
    assert shown[0].shape == (432, 360, 3)
    assert np.abs(shown[0].astype(int) - shown[1]).max() > 100


def test_a_still_depends_on_the_landmarks_alone(findings, tmp_path):
    """The same landmarks under another name, size of file and hash: the same pictures."""
    source = replace(findings.track.source, name="other.mp4", codec="vp9", sha256="0" * 64)
    renamed = replace(findings, track=replace(findings.track, source=source))
    moved = replace(findings.track, landmarks=findings.track.landmarks * np.float32(0.5))
    pictures = {}
    for name, each in (
        ("a", findings),
        ("b", renamed.with_recording(Recording(patient="Q"))),
        ("c", replace(findings, track=moved)),
    ):
        export_deidentified(each, tmp_path / f"{name}.mp4")
        paths = sorted((tmp_path / f"{name}_stills").iterdir())
        pictures[name] = [path.read_bytes() for path in paths]
    assert pictures["a"] == pictures["b"]
    assert not set(pictures["a"]) & set(pictures["c"])


def test_existing_stills_are_replaced_on_demand_and_other_files_stay(findings, tmp_path):
    folder = tmp_path / "face_stills"
    folder.mkdir()
    for name in ("episode_07_right_2_peak.jpg", "notes.jpg"):
        (folder / name).write_text("before")
    with pytest.raises(OutputError, match=r"episode_07_right_2_peak\.jpg: exists already"):
        export_deidentified(findings, tmp_path / "face.mp4")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["face_stills"]
    export_deidentified(findings, tmp_path / "face.mp4", overwrite=True)
    assert len(list(folder.glob("episode_01_*.jpg"))) == 3
    assert not (folder / "episode_07_right_2_peak.jpg").exists()
    assert (folder / "notes.jpg").read_text() == "before"


def test_without_episodes_there_is_no_folder_of_stills(findings, tmp_path):
    export_deidentified(replace(findings, episodes=()), tmp_path / "face.mp4")
    assert [path.name for path in tmp_path.iterdir()] == ["face.mp4"]


PLAIN_JPEG = {0xD8, 0xE0, 0xDB, 0xC0, 0xC4, 0xDA}
"""Start, JFIF header, tables and frame: neither Exif (0xE1), nor profiles, nor comments (0xFE)."""


def jpeg_segments(data):
    """Return the markers before the picture's data."""
    markers, at = {data[1]}, 2
    while data[at + 1] != 0xDA:
        markers.add(data[at + 1])
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return markers | {0xDA}


def test_without_a_face_there_is_the_ground_alone(findings):
    assert len(np.unique(draw_deidentified(findings.track, -1).reshape(-1, 3), axis=0)) == 1


def test_landmarks_that_were_not_saved_are_told(findings, tmp_path):
    bare = replace(
        findings.track, landmarks=np.full((findings.track.n_frames, 0, 3), np.nan, np.float32)
    )
    with pytest.raises(ResultFileError, match="--save-track"):
        export_deidentified(replace(findings, track=bare), tmp_path / "face.mp4")
    assert not (tmp_path / "face.mp4").exists()


def test_a_study_becomes_clips_with_stills_each(findings, tmp_path, monkeypatch):
    monkeypatch.setattr("hemiscan.results.report.render_report", lambda *_, **__: "report")
    study, output = tmp_path / "study", tmp_path / "drawn"
    findings.save(study / "recordings" / "P1_a", plot_formats=(), save_track=True)
    (study / "study.json").write_text('{"rows": [{"folder": "P1_a", "status": "done"}]}')
    outdated = output / "P1_a_stills" / "episode_02_right_1_before.jpg"
    outdated.parent.mkdir(parents=True)
    outdated.touch()
    with pytest.raises(OutputError, match="exists already"):
        export_results(study, output, to="deidentified")
    assert [path.name for path in output.iterdir()] == ["P1_a_stills"]
    written = export_results(study, output, to="deidentified", overwrite=True)
    assert sorted(written) == sorted(path for path in output.rglob("*") if path.is_file())
    assert len(written) == 4
