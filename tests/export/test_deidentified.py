from __future__ import annotations

from dataclasses import replace

import av
import numpy as np
import pytest

from hemiscan.errors import OutputError, ResultFileError
from hemiscan.export import export_deidentified
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


def test_without_a_face_there_is_the_ground_alone(findings):
    assert len(np.unique(draw_deidentified(findings.track, -1).reshape(-1, 3), axis=0)) == 1


def test_landmarks_that_were_not_saved_are_told(findings, tmp_path):
    bare = replace(
        findings.track, landmarks=np.full((findings.track.n_frames, 0, 3), np.nan, np.float32)
    )
    with pytest.raises(ResultFileError, match="--save-track"):
        export_deidentified(replace(findings, track=bare), tmp_path / "face.mp4")
    assert not (tmp_path / "face.mp4").exists()
