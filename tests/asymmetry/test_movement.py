"""Movement against the face at rest, and the quality of each frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hemiscan.asymmetry import (
    MEASURES,
    REGIONS,
    compute_asymmetry,
    compute_measures,
    estimate_rest,
)
from hemiscan.asymmetry.series import AsymmetrySeries
from hemiscan.synthetic.puppet import synthesize_track
from hemiscan.synthetic.spasm import Spasm

EYE, MOUTH = REGIONS.index("eye"), REGIONS.index("mouth")


def series_of(*spasms: Spasm, **options: object) -> AsymmetrySeries:
    return compute_asymmetry(compute_measures(synthesize_track(spasms, **options)))  # type: ignore[arg-type]


def test_left_movement_is_positive_asymmetry_and_right_is_negative() -> None:
    series = series_of(
        Spasm(3, 1, "left", "tonic", 0.8), Spasm(7, 1, "right", "tonic", 0.8), duration_s=10
    )
    left, right = series.asymmetry[105], series.asymmetry[225]
    assert (left[[EYE, MOUTH]] > [0.5, 0.04]).all()
    np.testing.assert_allclose(right, -left, atol=0.15)


def test_a_blink_moves_both_sides_and_leaves_the_asymmetry_at_zero() -> None:
    series = series_of(duration_s=10, blink_times_s=[5.0])
    assert series.left[150, EYE] > 0.7
    assert series.right[150, EYE] > 0.7
    assert abs(series.asymmetry[150, EYE]) < 0.02


def test_eye_closure_is_in_fractions_of_the_resting_opening() -> None:
    series = series_of(Spasm(5, 2, "left", "tonic", 0.5, pattern="eye"), duration_s=12)
    assert series.left[180, EYE] == pytest.approx(0.5, abs=0.1)


def test_a_spasm_that_fills_most_of_the_window_does_not_become_the_open_eye() -> None:
    series = series_of(Spasm(4, 10, "right", "tonic", 0.9), duration_s=20)
    assert series.right[270, EYE] > 0.7
    assert abs(series.right[60, EYE]) < 0.1


def test_a_standing_difference_of_the_halves_is_told_and_taken_off() -> None:
    measures = compute_measures(synthesize_track(duration_s=8, noise_px=0.2))
    left = measures.left.copy()
    left[:, [MEASURES.index(name) for name in ("eye_opening", "lid_opening")]] *= 0.8
    left[:, MEASURES.index("corner_to_eye")] -= 0.05
    series = compute_asymmetry(replace(measures, left=left))
    np.testing.assert_allclose(series.resting_asymmetry, [0, 0.2 / 0.9, 0, 0.05, 0], atol=0.005)
    np.testing.assert_allclose(np.median(series.asymmetry, axis=0), 0, atol=0.006)


def test_another_recordings_rest_shows_a_contraction_that_never_lets_go() -> None:
    healthy = compute_measures(synthesize_track(duration_s=8, noise_px=0.2))
    spasm = Spasm(0.0, 20, "left", "tonic", 0.8)
    track = synthesize_track([spasm], duration_s=10, noise_px=0.2)
    measures = compute_measures(track.select(slice(60, 270)))
    own = compute_asymmetry(measures)
    assert np.median(own.asymmetry[:, EYE]) < 0.2
    assert own.resting_asymmetry[EYE] > 0.5
    referred = compute_asymmetry(measures, estimate_rest(healthy).median())
    assert np.median(referred.asymmetry[:, EYE]) > 0.5


def test_missing_frames_stay_missing() -> None:
    series = series_of(duration_s=4, gaps_s=[(1.0, 2.0)])
    assert np.isnan(series.asymmetry[30:60]).all()
    assert np.isfinite(series.asymmetry[:30]).all()


@pytest.mark.parametrize("eye_distance_px", [200.0, 35.0, 10.0])
def test_quality_falls_with_small_faces(eye_distance_px: float) -> None:
    quality = series_of(duration_s=1, eye_distance_px=eye_distance_px).quality
    expected = np.clip((eye_distance_px - 20) / 30, 0, 1)
    np.testing.assert_allclose(quality, expected, atol=1e-3)


def test_quality_falls_with_yaw_to_either_side() -> None:
    yaw = np.repeat([0.0, 15.0, 30.0, 60.0, 60.0, -30.0], 30)
    quality = series_of(duration_s=6, yaw_deg=yaw).quality
    assert quality[15] == 1.0
    assert quality[45] == 1.0
    assert 0.2 < quality[75] < 0.8
    assert quality[120] == 0.0
    assert quality[-1] == pytest.approx(quality[75])


def test_quality_is_low_around_a_lost_face_and_while_turning_fast() -> None:
    yaw = np.where(np.arange(150) < 120, 0.0, 15.0)
    quality = series_of(duration_s=5, gaps_s=[(1.0, 2.0)], yaw_deg=yaw).quality
    assert (quality[30:60] == 0).all()
    assert quality[60] < 0.3
    assert quality[75] == 1.0
    assert quality[120] < 0.8


def test_series_names_the_array_whose_shape_is_wrong() -> None:
    with pytest.raises(ValueError, match=r"right has shape \(3, 4\), expected \(3, 5\)"):
        AsymmetrySeries(
            time_s=np.arange(3.0),
            left=np.zeros((3, 5), np.float32),
            right=np.zeros((3, 4), np.float32),
            asymmetry=np.zeros((3, 5), np.float32),
            quality=np.ones(3, np.float32),
        )
