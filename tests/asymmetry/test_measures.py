"""Measures of each half of the face, on a puppet whose movement is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hemiscan.asymmetry import MEASURES, compute_measures
from hemiscan.asymmetry.measures import STEADY, STEADY_MIDLINE, mirrored
from hemiscan.synthetic.puppet import synthesize_track
from hemiscan.synthetic.spasm import Spasm
from hemiscan.tracking.canonical import load_canonical_face
from hemiscan.tracking.track import FaceTrack


def flip(track: FaceTrack) -> FaceTrack:
    """Look at the same face in a mirror: x reversed, every landmark renamed."""
    landmarks = track.landmarks[:, load_canonical_face().mirror].copy()
    landmarks[..., 0] = track.source.width - landmarks[..., 0]
    return replace(track, landmarks=landmarks, pose_deg=track.pose_deg * np.float32([-1, 1, -1]))


def test_a_face_at_rest_is_even_and_still() -> None:
    measures = compute_measures(synthesize_track(duration_s=1.0))
    np.testing.assert_allclose(measures.left, measures.right, atol=1e-5)
    np.testing.assert_allclose(np.ptp(measures.left, axis=0), 0, atol=1e-5)


def test_a_closed_eye_has_no_opening_and_the_other_keeps_its_own() -> None:
    spasm = Spasm(0.5, 2.0, "left", "tonic", 1.0, pattern="eye")
    measures = compute_measures(synthesize_track([spasm], duration_s=3.0))
    opening = MEASURES.index("eye_opening")
    resting = measures.left[0, opening]
    assert measures.left[:, opening].min() < 0.2 * resting
    np.testing.assert_allclose(measures.right[:, opening], resting, rtol=0.02)


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_pulled_mouth_corner_rises_goes_outwards_and_nears_the_eye(side: str) -> None:
    spasm = Spasm(0.5, 2.0, side, "tonic", 1.0, pattern="lower_first")
    measures = compute_measures(synthesize_track([spasm], duration_s=3.0))
    change = getattr(measures, side)[45] - getattr(measures, side)[0]
    moved = dict(zip(MEASURES, change, strict=True))
    assert moved["corner_height"] > 0.05
    assert moved["corner_lateral"] > 0.03
    assert moved["corner_to_eye"] < -0.05
    assert moved["chin_lateral"] > 0.01


def test_turning_the_head_changes_little_for_a_face_at_rest() -> None:
    yaw = np.linspace(-30, 30, 60)
    measures = compute_measures(synthesize_track(duration_s=2.0, yaw_deg=yaw))
    # A rigid turn of a rigid face: the normalisation takes it out altogether.
    np.testing.assert_allclose(np.ptp(measures.left, axis=0), 0, atol=1e-4)


def test_size_and_place_in_the_picture_do_not_matter() -> None:
    near = synthesize_track(duration_s=0.5, eye_distance_px=300)
    far = synthesize_track(duration_s=0.5, eye_distance_px=50)
    np.testing.assert_allclose(compute_measures(near).left, compute_measures(far).left, atol=1e-5)
    np.testing.assert_allclose(compute_measures(far).eye_distance_px, 50, rtol=1e-4)


def test_the_mirror_image_swaps_the_sides_and_nothing_else() -> None:
    track = synthesize_track(
        [Spasm(0.3, 1.0, "left", "tonic")], duration_s=2.0, yaw_deg=12.0, noise_px=0.3
    )
    straight, mirror_image = compute_measures(track), compute_measures(flip(track))
    np.testing.assert_allclose(straight.left, mirror_image.right, atol=1e-5)
    np.testing.assert_allclose(straight.right, mirror_image.left, atol=1e-5)


def test_frames_without_a_face_are_missing_and_leave_the_others_alone() -> None:
    whole = compute_measures(synthesize_track(duration_s=2.0))
    gapped = compute_measures(synthesize_track(duration_s=2.0, gaps_s=[(0.5, 1.0)]))
    assert np.isnan(gapped.left[15:30]).all()
    assert np.isnan(gapped.eye_distance_px[15:30]).all()
    np.testing.assert_array_equal(gapped.left[30:], whole.left[30:])


def test_long_tracks_are_measured_the_same_as_short_ones() -> None:
    spasm = Spasm(1.0, 300.0, "right", "clonic")
    long = synthesize_track([spasm], duration_s=320.0)
    head = long.select(slice(-50, None))
    np.testing.assert_array_equal(compute_measures(long).right[-50:], compute_measures(head).right)


def test_no_frames_give_no_measures() -> None:
    assert compute_measures(synthesize_track(duration_s=0.0)).left.shape == (0, len(MEASURES))


def test_the_two_halves_use_mirror_landmarks() -> None:
    mirror = load_canonical_face().mirror
    assert (mirror[list(STEADY_MIDLINE)] == np.array(STEADY_MIDLINE)).all()
    assert not set(STEADY) & set(mirrored(STEADY))
