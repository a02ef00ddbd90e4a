"""De-identified results: drawn pictures, and nothing that names anybody."""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import replace

import av
import numpy as np
import pytest
from PIL import Image

import hemiscan
from hemiscan.overlay import Still
from hemiscan.pipeline import analyze_track
from hemiscan.recording import Recording
from hemiscan.synthetic import Spasm, synthesize_track

SECRETS = ("Jane", "secret", "1999-01-02", "a" * 64, "b" * 64)


def analysis_of(name: str, note: str, sha256: str, grey: int):
    """The same movement, under another name and with other pictures."""
    track = synthesize_track([Spasm(0.6, 0.7, "left")], duration_s=2.4, frame_rate_hz=30)
    source = replace(track.source, name=name, sha256=sha256, recorded_at="1999-01-02T03:04:05")
    track = replace(track, source=source, warnings=(f"{name}: odd", "very odd"))
    whose = Recording(patient="P01", visit="week 4", note=note)
    analysis = analyze_track(track, recording=whose)
    jpeg = io.BytesIO()
    Image.new("RGB", (360, 432), (grey, 0, 0)).save(jpeg, "JPEG")
    still = Still(1.0, jpeg.getvalue(), jpeg.getvalue())
    return replace(analysis, stills=({"peak": still},) * len(analysis.episodes))


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Folders of two different recordings with the same track."""
    folders = []
    for values in (("Jane.mp4", "secret", "a" * 64, 40), ("x.avi", "", "b" * 64, 200)):
        folder = tmp_path_factory.mktemp("shared") / "results"
        analysis_of(*values).deidentified().save(folder, annotate=True, save_track=True)
        folders.append(folder)
    return folders


def test_two_recordings_of_one_movement_cannot_be_told_apart(saved):
    first, second = ({p.name: p.read_bytes() for p in folder.iterdir()} for folder in saved)
    assert set(first) == set(second) >= {"annotated.mp4", "track.npz", "report.html"}
    assert [name for name in first if first[name] != second[name]] == []


def test_nothing_names_anybody_but_the_given_codes(saved):
    for path in saved[0].iterdir():
        content = path.read_bytes()
        assert [word for word in SECRETS if word.encode() in content] == [], path.name
    summary = json.loads((saved[0] / "summary.json").read_text())
    assert summary["clip"]["deidentified"]
    assert summary["recording"]["patient"] == "P01"
    assert summary["recording"]["visit"] == "week 4"
    assert (summary["recording"]["date"], summary["recording"]["note"]) == ("", "")
    assert summary["warnings"][:1] == ["very odd"]


def test_pictures_are_drawn(saved):
    report = (saved[0] / "report.html").read_text()
    pictures = re.findall(r"data:image/jpeg;base64,([^\"']+)", report)
    assert len(pictures) >= 4
    for picture in pictures:
        shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB"))
        if shown.shape == (432, 360, 3):  # the face; strips of the eyes are full of lines
            # The ground of drawn clips, not that of the clip's own pictures.
            assert np.abs(shown[3, 3].astype(int) - (40, 50, 61)).max() < 12
        assert shown.std() > 5
    with av.open(str(saved[0] / "annotated.mp4")) as container:
        assert not container.streams.audio
        assert not {"title", "comment", "creation_time"} & set(container.metadata)


def test_it_says_what_was_measured(saved):
    original = analysis_of("Jane.mp4", "", "a" * 64, 1)
    again = hemiscan.load(saved[0])
    assert again.is_deidentified
    assert [(e.side, e.kind) for e in again.episodes] == [
        (e.side, e.kind) for e in original.episodes
    ]
    np.testing.assert_allclose(again.series.left, original.series.left, atol=1e-5)


def test_the_folder_takes_the_same_recording_again_and_no_other(saved):
    analysis = analysis_of("Jane.mp4", "secret", "a" * 64, 40)
    analysis.deidentified().save(saved[0], annotate=True, save_track=True)
    with pytest.raises(hemiscan.OutputError, match="another source"):
        analysis.save(saved[0], plot_formats=())


def test_without_landmarks_nothing_can_be_drawn(tmp_path):
    analysis = analysis_of("Jane.mp4", "", "a" * 64, 1)
    analysis.save(tmp_path, plot_formats=())
    with pytest.raises(ValueError, match="landmarks"):
        hemiscan.load(tmp_path).deidentified()
