from __future__ import annotations

import cv2
import numpy as np
import pytest

from hemiscan.errors import VideoError
from hemiscan.synthetic import (
    find_replays,
    load_truth,
    replay_frames,
    synthesize_replay,
    synthesize_track,
    truth_path,
)
from hemiscan.synthetic._holding import hold_eye, hold_half
from hemiscan.tracking import load_track, save_track
from hemiscan.video import ClipWriter, Frame, open_clip

LEFT_EYE, RIGHT_EYE = (362, 263), (133, 33)


@pytest.fixture
def blinks():
    """Six seconds from the front with three complete blinks and one smile at the end."""
    return synthesize_track(
        duration_s=8.0, blink_times_s=(1.0, 2.5, 4.0), smile_times_s=(6.3,), noise_px=0.1
    )


def eye_pixels(image, landmarks, corners, half_px=8):
    x, y = np.rint(landmarks[list(corners), :2].mean(axis=0)).astype(int)
    return image[y - half_px : y + half_px, x - half_px : x + half_px].astype(float)


def test_every_blink_and_smile_from_the_front_is_found(blinks):
    replays = find_replays(blinks)
    assert [replay.kind for replay in replays] == ["blink"] * 3 + ["smile"]
    for replay, middle_s in zip(replays, (1.0, 2.5, 4.0, 6.3), strict=True):
        assert replay.start_s < middle_s < replay.end_s
        assert blinks.time_s[replay.reference] < replay.start_s
        assert blinks.time_s[replay.stop] > replay.end_s
    assert all(replay.amplitude > 0.7 for replay in replays[:3])


def test_sides_are_drawn_swapped_or_asked_for(blinks):
    sides = [replay.side for replay in find_replays(blinks, seed=1)]
    swapped = find_replays(blinks, seed=1, swapped=True)
    assert all(a != replay.side for a, replay in zip(sides, swapped, strict=True))
    assert {replay.side for replay in find_replays(blinks, side="right")} == {"right"}
    assert {replay.held for replay in find_replays(blinks, side="right")} == {"left"}


def test_a_blink_in_a_turning_or_far_turned_head_is_left_alone():
    turning = np.linspace(-25, 25, 90)
    assert not find_replays(
        synthesize_track(duration_s=3.0, blink_times_s=(1.5,), yaw_deg=12 * turning)
    )
    assert not find_replays(synthesize_track(duration_s=3.0, blink_times_s=(1.5,), yaw_deg=40))


def test_an_eye_is_held_where_the_head_has_moved_to(picture, face, rng):
    moved = face + np.array([7.0, 4.0, 0.0])
    reference = cv2.warpAffine(picture, np.float64([[1, 0, -7], [0, 1, -4]]), (640, 480))
    closed = rng.integers(0, 255, picture.shape, dtype=np.uint8)
    held = hold_eye(closed, moved, reference, face, side="left", share=1.0)
    # The reference is the picture moved back, so that the held eye is the picture's own
    # but for the tone, which follows the frame's.
    wanted = eye_pixels(picture, moved, LEFT_EYE)
    got = eye_pixels(held, moved, LEFT_EYE)
    assert np.corrcoef(got.ravel(), wanted.ravel())[0, 1] > 0.95
    other = eye_pixels(held, moved, RIGHT_EYE)
    np.testing.assert_array_equal(other, eye_pixels(closed, moved, RIGHT_EYE))


def test_the_tone_of_the_held_eye_is_that_of_the_frame(picture, face):
    brighter = np.clip(picture.astype(int) + 30, 0, 255).astype(np.uint8)
    held = hold_eye(brighter, face, picture, face, side="right", share=1.0)
    assert np.abs(held.astype(int) - brighter).mean() < 2


@pytest.mark.parametrize("hold", [hold_eye, hold_half])
def test_a_share_of_none_changes_nothing(picture, face, hold):
    held = hold(picture, face, picture[::-1].copy(), face, side="left", share=0.0)
    assert np.abs(held.astype(int) - picture).max() <= 1


def test_half_a_smile_is_taken_back_and_the_other_half_is_not(picture, blinks):
    smiling, resting = (blinks.landmarks[row].astype(float) for row in (189, 120))
    held = hold_half(picture, smiling, picture, resting, side="left", share=1.0)
    difference = np.abs(held.astype(int) - picture).mean(axis=2)
    left, right = (
        eye_pixels(difference, smiling, corner).mean() for corner in ((291, 291), (61, 61))
    )
    assert left > 3
    assert right < 0.2


def test_frames_outside_are_the_very_same_and_inside_only_the_held_eye_changes(blinks, picture):
    rng = np.random.default_rng(0)
    noisy = [
        np.clip(picture + rng.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)
        for _ in range(blinks.n_frames)
    ]
    frames = [Frame(k, t, noisy[k]) for k, t in enumerate(blinks.time_s)]
    (replay, *_) = find_replays(blinks, side="left")
    pairs = zip(frames, blinks.landmarks, strict=True)
    shown = list(replay_frames(pairs, blinks.time_s, [replay]))
    assert len(shown) == blinks.n_frames
    for row, (before, after) in enumerate(zip(frames, shown, strict=True)):
        if not replay.reference < row < replay.stop:
            assert after is before
            continue
        landmarks = blinks.landmarks[row]
        goes_on = [eye_pixels(f.image, landmarks, LEFT_EYE) for f in (before, after)]
        np.testing.assert_array_equal(*goes_on)
    middle = (replay.reference + replay.stop) // 2
    assert (shown[middle].image != frames[middle].image).any()


def test_a_clip_is_written_with_its_truth(tmp_path, blinks, picture):
    source, output = tmp_path / "blinks.mp4", tmp_path / "one_sided.mp4"
    with ClipWriter(source, width=640, height=480) as writer:
        for time_s in blinks.time_s:
            writer.write(picture, time_s)
    path = tmp_path / "track.npz"
    save_track(blinks, path)
    truth = synthesize_replay(source, output=output, side="right", track=load_track(path))
    assert [episode.side for episode in truth] == ["right"] * 4
    assert [episode.regions for episode in truth] == [("eye",)] * 3 + [("cheek", "mouth")]
    saved = load_truth(truth_path(output))
    assert [episode.start_s for episode in saved] == pytest.approx(
        [episode.start_s for episode in truth], abs=1e-3
    )
    with open_clip(output) as clip:
        assert sum(1 for _ in clip) == blinks.n_frames


def test_a_portrait_makes_no_movement(tmp_path):
    with pytest.raises(ValueError, match="portrait"):
        synthesize_replay(tmp_path / "p.png", output=tmp_path / "out.mp4")


def test_a_real_blink_becomes_a_closure_of_one_eye(shared_clips, tmp_path):
    from hemiscan.synthetic.render import find_landmarks

    source = shared_clips / "imt_2.mp4"
    try:
        truth = synthesize_replay(source, output=tmp_path / "out.mp4", side="left")
    except VideoError:
        pytest.skip("the clip is missing")
    middles_s = [(e.start_s + e.end_s) / 2 for e in truth if e.end_s - e.start_s < 0.5]
    with open_clip(tmp_path / "out.mp4") as clip:
        frames = list(clip)
    ratios = []
    for middle_s in middles_s:
        frame = min(frames, key=lambda frame: abs(frame.time_s - middle_s))
        landmarks = find_landmarks(frame.image, name="frame")
        left, right = (
            float(np.linalg.norm(landmarks[upper] - landmarks[lower]))
            for upper, lower in ((386, 374), (159, 145))
        )
        ratios.append(left / right)
    # The mesh lets the held eye take part, the more the shorter the closure.
    assert np.median(ratios) < 0.6
