"""The face at rest, of whole recordings and while frames arrive."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from hemiscan.asymmetry import (
    MEASURES,
    Rest,
    RestTracker,
    SideMeasures,
    compute_measures,
    estimate_rest,
)
from hemiscan.synthetic.puppet import synthesize_track
from hemiscan.synthetic.spasm import Spasm

OPENING, CORNER = MEASURES.index("eye_opening"), MEASURES.index("corner_to_eye")


def measure(*spasms: Spasm, duration_s: float, **options: object) -> SideMeasures:
    """A face that blinks every 4 s and smiles once in 20."""
    return compute_measures(
        synthesize_track(
            spasms,
            duration_s=duration_s,
            blink_times_s=np.arange(2.0, duration_s, 4.0).tolist(),
            smile_times_s=np.arange(3.3, duration_s, 20.0).tolist(),
            noise_px=0.3,
            **options,  # type: ignore[arg-type]
        )
    )


def portion(measures: SideMeasures, rows: slice) -> SideMeasures:
    names = ("time_s", "left", "right", "pose_deg", "eye_distance_px", "presence")
    return replace(measures, **{name: getattr(measures, name)[rows] for name in names})


def track_rest(measures: SideMeasures, size: int) -> Rest:
    tracker = RestTracker()
    parts = [
        tracker.push(portion(measures, slice(first, first + size)))
        for first in range(0, measures.n_frames, size)
    ]
    left, right = (np.concatenate([getattr(p, side) for p in parts]) for side in ("left", "right"))
    return Rest(left, right)


def assert_at_rest(rest: Rest, rows: slice = slice(None)) -> None:
    """Both halves as the puppet's own, which is even, within a twentieth of an opening."""
    still = compute_measures(synthesize_track(duration_s=0.1))
    for side in ("left", "right"):
        expected = getattr(still, side)[0, [OPENING, CORNER]]
        actual = getattr(rest, side)[rows][:, [OPENING, CORNER]]
        np.testing.assert_allclose(
            actual, np.broadcast_to(expected, actual.shape), atol=0.05 * expected[0]
        )


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("pattern", ["whole", "eye", "lower_first"])
@pytest.mark.parametrize(
    ("start_s", "seconds", "duration_s"),
    [(1.5, 10.0, 13.0), (0.0, 6.0, 10.0), (3.0, 12.0, 15.0), (10.0, 30.0, 60.0)],
    ids=["ten of 13 s", "from the first frame", "80 % of the clip", "30 of 60 s"],
)
def test_a_contraction_that_fills_most_of_a_clip_is_not_rest(
    start_s: float, seconds: float, duration_s: float, pattern: str, side: str
) -> None:
    spasm = Spasm(start_s, seconds, side, "tonic", 0.8, pattern=pattern, ramp_s=0.05)  # type: ignore[arg-type]
    assert_at_rest(estimate_rest(measure(spasm, duration_s=duration_s)))


def test_an_uneven_face_is_not_evened_out_by_a_contraction_of_the_other_half() -> None:
    """The right half looks contracted at rest; the left one contracts for 10 of 13 s."""
    measures = measure(Spasm(1.5, 10, "left", "tonic", 0.8), duration_s=13)
    offset = np.zeros(len(MEASURES), np.float32)
    offset[[OPENING, CORNER]] = -0.02, -0.05
    rest = estimate_rest(replace(measures, right=measures.right + offset))
    assert_at_rest(Rest(rest.left, rest.right - offset))


def test_rest_follows_a_face_that_changes_and_ignores_short_events() -> None:
    measures = measure(Spasm(60, 3, "left", "tonic", 0.9), duration_s=120)
    drift = (0.0001 * measures.time_s[:, None]).astype(np.float32)
    rest = estimate_rest(
        replace(measures, left=measures.left + drift, right=measures.right + drift)
    )
    assert_at_rest(Rest(rest.left - drift, rest.right - drift), slice(150, -150))


def test_rest_does_not_depend_on_the_frame_rate() -> None:
    spasm = Spasm(4, 5, "left", "tonic", 0.9)
    rests = [
        estimate_rest(measure(spasm, duration_s=12, frame_rate_hz=rate)).median()
        for rate in (25, 60, 240)
    ]
    for rest in rests[1:]:
        np.testing.assert_allclose(rest.left, rests[0].left, atol=0.003)


def test_a_mirror_swaps_the_sides() -> None:
    measures = measure(Spasm(4, 5, "left", "tonic", 0.9), duration_s=12)
    rest = estimate_rest(measures)
    swapped = estimate_rest(replace(measures, left=measures.right, right=measures.left))
    np.testing.assert_array_equal(swapped.left, rest.right)
    np.testing.assert_array_equal(swapped.right, rest.left)


def test_without_a_face_nothing_is_known() -> None:
    measures = measure(duration_s=2, gaps_s=[(0, 2)])
    assert np.isnan(estimate_rest(measures).left).all()
    assert np.isnan(estimate_rest(measures).median().right).all()
    assert estimate_rest(measure(duration_s=0)).left.shape == (0, len(MEASURES))


@pytest.mark.parametrize("size", [1, 7, 500])
def test_portions_do_not_matter(size: int) -> None:
    measures = measure(Spasm(8, 3, "right", "tonic", 0.9), duration_s=20, gaps_s=[(10, 13)])
    whole, parts = track_rest(measures, measures.n_frames), track_rest(measures, size)
    np.testing.assert_allclose(parts.left, whole.left, atol=1e-6)
    np.testing.assert_allclose(parts.right, whole.right, atol=1e-6)


def test_what_comes_later_does_not_matter_while_frames_arrive() -> None:
    measures = measure(duration_s=20)
    other = measures.left.copy()
    other[300:] += 1
    rest, changed = (
        track_rest(replace(measures, left=left), 50) for left in (measures.left, other)
    )
    np.testing.assert_array_equal(rest.left[:300], changed.left[:300])


def test_a_long_contraction_is_not_rest_while_frames_arrive() -> None:
    measures = measure(Spasm(10, 25, "left", "tonic", 0.9), duration_s=40)
    assert_at_rest(track_rest(measures, 100), slice(60, None))


def test_before_the_first_face_nothing_is_known_yet() -> None:
    rest = track_rest(measure(duration_s=4, gaps_s=[(0, 1.5)]), 10)
    assert np.isnan(rest.left[:45]).all()
    assert np.isfinite(rest.left[45:]).all()
