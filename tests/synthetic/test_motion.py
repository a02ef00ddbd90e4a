from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import find_peaks

from hemiscan.synthetic import Motion
from hemiscan.synthetic.portrait import compute_motion

TIME_S = np.arange(0, 120, 0.001)
EYE, CHEEK, MOUTH = 1, 2, 3


@pytest.fixture(scope="module")
def blinks():
    """Two minutes of blinking at 16 a minute: closure of both eyes."""
    return compute_motion(Motion(blinks_per_min=16), TIME_S, seed=4).activation[:, :, EYE]


def test_blinks_come_at_their_rate(blinks):
    peaks, _ = find_peaks(blinks[:, 0], height=0.5, distance=300)
    assert len(peaks) == pytest.approx(32, abs=5)


def test_both_eyes_blink_together_and_equally_deep(blinks):
    left, right = (find_peaks(side, height=0.5, distance=300)[0] for side in blinks.T)
    assert len(left) == len(right)
    assert np.abs(left - right).max() <= 10
    assert np.abs(blinks[left, 0] - blinks[right, 1]).max() < 0.06


def test_blinks_last_150_to_350_ms_and_close_faster_than_they_open(blinks):
    peaks, _ = find_peaks(blinks[:, 0], height=0.5, distance=300)
    for peak in peaks:
        closed = blinks[:, 0] > 0.02
        start = peak - np.argmax(~closed[peak::-1])
        end = peak + np.argmax(~closed[peak:])
        assert 130 < end - start < 350
        assert 1.2 < (end - peak) / (peak - start) < 2.5


def test_a_smile_is_one_of_both_sides():
    motion = Motion(blinks_per_min=0, smiles=((2.0, 3.0),))
    activation = compute_motion(motion, TIME_S[:8000]).activation
    inside = activation[2500:4000]
    assert inside[:, :, MOUTH].min() > 0.45
    assert np.ptp(inside[:, :, MOUTH], axis=1).max() < 0.06
    assert not activation[:1990].any()


def test_talking_moves_the_jaw_several_times_a_second():
    jaw = compute_motion(Motion(talks=((2.0, 4.0),)), TIME_S[:8000]).jaw
    peaks, _ = find_peaks(jaw[2000:6000], prominence=0.1)
    assert 8 <= len(peaks) <= 28
    assert not jaw[:2000].any()
    assert 0 <= jaw.min() <= jaw.max() <= 1


def test_the_head_wanders_within_its_limit():
    pose = compute_motion(Motion(turning_deg=3.0), TIME_S).pose_deg
    assert 1.0 < np.abs(pose[:, 0]).max() <= 3.0
    assert np.abs(np.diff(pose, axis=0)).max() < 0.02


def test_any_sampling_shows_the_same_movement():
    motion = Motion(smiles=((1.0, 2.0),), talks=((4.0, 1.0),))
    fine = compute_motion(motion, TIME_S[:9000], seed=9)
    coarse = compute_motion(motion, TIME_S[:9000:30], seed=9)
    np.testing.assert_array_equal(fine.activation[::30], coarse.activation)
    np.testing.assert_array_equal(fine.jaw[::30], coarse.jaw)
    np.testing.assert_array_equal(fine.pose_deg[::30], coarse.pose_deg)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"blinks_per_min": -1}, "blinks_per_min"),
        ({"turning_deg": 90}, "turning_deg"),
        ({"smiles": ((1.0, 0.0),)}, "smiles"),
        ({"talks": ((-1.0, 1.0),)}, "talks"),
    ],
)
def test_a_wrong_motion_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        Motion(**change)
