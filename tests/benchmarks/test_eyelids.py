from __future__ import annotations

import numpy as np
import pytest

from benchmarks.eyelids import with_lids
from benchmarks.renderings import WIDE_CROP
from hemiscan.synthetic.puppet import synthesize_track


def test_lids_come_from_the_crops_or_not_at_all(rng):
    track = synthesize_track(duration_s=0.3, gaps_s=[(0.1, 0.2)])
    crops = rng.integers(0, 255, (track.n_frames, 2, *WIDE_CROP), dtype=np.uint8)
    measured = with_lids(track, crops, "lids")
    np.testing.assert_array_equal(np.isfinite(measured.lid_opening[:, 0]), track.has_face)
    assert np.isnan(with_lids(measured, crops, "mesh").lid_opening).all()


def test_the_trained_network_runs_in_numpy_as_it_does_in_torch(rng):
    torch = pytest.importorskip("torch")
    from benchmarks.training.eyelids import TrainableLidNetwork, to_lid_network

    torch.manual_seed(0)
    network = TrainableLidNetwork().eval()
    crops = rng.integers(0, 255, (6, 32, 48), dtype=np.uint8)
    with torch.no_grad():
        opening, log_error = network(torch.from_numpy(crops.astype(np.float32))[:, None])
    measured, uncertainty = to_lid_network(network).measure(crops)
    np.testing.assert_allclose(measured, opening.numpy(), atol=1e-5)
    np.testing.assert_allclose(uncertainty, np.exp(log_error.numpy()), rtol=1e-4)


def test_training_takes_steps_from_all_three_sources(rng):
    pytest.importorskip("torch")
    from benchmarks.training.eyelids import LidSamples, train_lids

    count = 40
    crops = rng.integers(0, 255, (3 * count, *WIDE_CROP), dtype=np.uint8)
    places = np.arange(count)
    samples = LidSamples(
        crops=crops,
        mesh=np.full(3 * count, 0.3, np.float32),
        real=places,
        before=places,
        after=places + count,
        closure=np.linspace(0, 1, count, dtype=np.float32),
        held=places + 2 * count,
        held_opening=np.full(count, 0.3, np.float32),
        weights=(np.full(count, 1 / count), np.full(count, 1 / count)),
    )
    first, again = (train_lids(samples, steps=3, seed=1) for _ in range(2))
    np.testing.assert_array_equal(first.hidden, again.hidden)
    assert np.isfinite(first.measure(crops[:2, 8:40, 12:60])[0]).all()
