from __future__ import annotations

import cv2
import numpy as np
import pytest

from hemiscan.errors import OutputError, VideoError
from hemiscan.synthetic import (
    Degradation,
    Motion,
    Spasm,
    compute_activation,
    draw_spasms,
    load_truth,
    render,
    synthesize,
    synthesize_track,
    truth_path,
)
from hemiscan.video import ClipWriter, Frame, open_clip

SPASM = Spasm(0.4, 0.5, "left", "tonic", 1.0)


@pytest.fixture
def track():
    """One second of a still face at 20 frames a second, without a face from 0.7 s on."""
    return synthesize_track(duration_s=1.0, frame_rate_hz=20, gaps_s=[(0.7, 1.0)])


@pytest.fixture
def clip(tmp_path, picture, track):
    """The clip of that track: the same picture all the time."""
    path = tmp_path / "still.mp4"
    with ClipWriter(path, width=640, height=480) as writer:
        for time in track.time_s:
            writer.write(picture, time)
    return path


@pytest.fixture
def portrait(tmp_path, picture, face, monkeypatch):
    """A picture file whose face is known without a tracker."""

    def known(image, **_):
        return face * image.shape[1] / 640

    monkeypatch.setattr(render, "find_landmarks", known)
    path = tmp_path / "portrait.png"
    cv2.imwrite(str(path), picture[..., ::-1])
    return path


def read(path):
    with open_clip(path) as frames:
        return list(frames)


def test_a_clip_keeps_its_times_and_changes_only_in_the_spasm_on_its_side(tmp_path, clip, track):
    output = tmp_path / "out.mp4"
    truth = synthesize(clip, [SPASM], output=output, track=track)
    before, after = read(clip), read(output)
    assert [frame.time_s for frame in after] == pytest.approx([frame.time_s for frame in before])
    changed = np.array(
        [
            np.abs(new.image.astype(int) - old.image).max(axis=2) > 40
            for old, new in zip(before, after, strict=True)
        ]
    )
    in_spasm = (track.time_s > truth[0].start_s) & (track.time_s < truth[0].end_s)
    drawn = in_spasm & track.has_face
    assert changed[drawn][:, :, 340:].mean(axis=(1, 2)).min() > 0.01
    assert changed[~drawn].mean() < 1e-4
    assert changed[:, :, :240].mean() < 1e-4


def test_the_truth_lies_beside_the_clip(tmp_path, clip, track):
    output = tmp_path / "out.mp4"
    truth = synthesize(clip, [SPASM], output=output, track=track, seed=3)
    (saved,) = load_truth(truth_path(output))
    assert (saved.side, saved.kind) == ("left", "tonic")
    assert saved.start_s == pytest.approx(truth[0].start_s, abs=0.001)


def test_the_same_seed_gives_the_same_pictures_another_one_does_not(picture, track):
    frames = [Frame(i, time, picture) for i, time in enumerate(track.time_s)]
    activation = compute_activation([SPASM], track.time_s)

    def pictures(seed):
        pairs = zip(frames, track.landmarks, strict=True)
        drawn = draw_spasms(pairs, activation, degradation=Degradation(noise=3.0), seed=seed)
        return np.stack([frame.image for frame in drawn])

    first = pictures(1)
    np.testing.assert_array_equal(first, pictures(1))
    assert (first != pictures(2)).mean() > 0.2


def test_a_portrait_comes_at_the_rate_length_and_size_asked_for(tmp_path, portrait):
    output = tmp_path / "out.mp4"
    synthesize(
        portrait,
        [],
        output=output,
        duration_s=0.5,
        frame_rate_hz=60,
        width=320,
        motion=Motion(blinks_per_min=0),
        degradation=Degradation(scale=0.5),
    )
    frames = read(output)
    assert len(frames) == 30
    assert frames[0].image.shape == (120, 160, 3)
    assert np.diff([frame.time_s for frame in frames]) == pytest.approx(1 / 60, abs=2e-4)
    assert load_truth(truth_path(output)) == ()


def test_progress_is_told_frame_by_frame(tmp_path, clip, track):
    told = []
    synthesize(
        clip,
        [],
        output=tmp_path / "out.mp4",
        track=track,
        on_progress=lambda done, expected: told.append((done, expected)),
    )
    assert told == [(n, 20) for n in range(1, 21)]


def test_a_spasm_beyond_the_end_is_refused(tmp_path, clip, track):
    output = tmp_path / "out.mp4"
    with pytest.raises(ValueError, match=r"ends at 1\.4 s, after the end of the clip at 1\.00 s"):
        synthesize(clip, [Spasm(0.4, 1.0, "left")], output=output, track=track)
    assert not output.exists()


def test_a_clip_without_a_face_is_refused(tmp_path, clip):
    empty = synthesize_track(duration_s=1.0, frame_rate_hz=20, gaps_s=[(0.0, 1.0)])
    with pytest.raises(VideoError, match=r"no face found in .*still\.mp4"):
        synthesize(clip, [SPASM], output=tmp_path / "out.mp4", track=empty)


def test_a_portrait_without_a_face_is_refused(tmp_path):
    path = tmp_path / "wall.png"
    cv2.imwrite(str(path), np.full((200, 200, 3), 128, dtype=np.uint8))
    with pytest.raises(VideoError, match=r"no face found in .*wall\.png"):
        synthesize(path, [], output=tmp_path / "out.mp4")


@pytest.mark.parametrize("content", [b"", b"not a picture"])
def test_a_file_that_is_no_picture_is_refused(tmp_path, content):
    path = tmp_path / "portrait.jpg"
    path.write_bytes(content)
    with pytest.raises(VideoError, match=r"portrait\.jpg: it is not a picture"):
        synthesize(path, [], output=tmp_path / "out.mp4")


def test_a_missing_source_is_named(tmp_path):
    with pytest.raises(VideoError, match=r"nobody\.png: No such file"):
        synthesize(tmp_path / "nobody.png", [], output=tmp_path / "out.mp4")


def test_a_missing_output_folder_is_noticed_before_any_work(tmp_path):
    with pytest.raises(OutputError, match="its folder does not exist"):
        synthesize(tmp_path / "nobody.png", [], output=tmp_path / "nowhere" / "out.mp4")


def test_the_source_is_never_overwritten(clip, track):
    before = clip.read_bytes()
    with pytest.raises(ValueError, match="output must not be the source"):
        synthesize(clip, [], output=clip, track=track)
    assert clip.read_bytes() == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"family": "clay"}, "family must be one of"),
        ({"duration_s": 0.0}, "duration_s"),
        ({"frame_rate_hz": float("nan")}, "frame_rate_hz"),
        ({"width": 3}, "width"),
    ],
)
def test_a_wrong_argument_is_named(tmp_path, portrait, change, message):
    with pytest.raises(ValueError, match=message):
        synthesize(portrait, [], output=tmp_path / "out.mp4", **change)
