"""The fit of points onto a reference, against singular value decompositions."""

from __future__ import annotations

import numpy as np
import pytest

from hemiscan.tracking import fit_similarity

N_FRAMES = 200


def _random_rotations(rng: np.random.Generator) -> np.ndarray:
    u, _, vt = np.linalg.svd(rng.normal(size=(N_FRAMES, 3, 3)))
    u[:, :, 2] *= np.linalg.det(u @ vt)[:, None]
    return u @ vt


# A box of points with these half axes: a face, a flat one, a plane, a sphere, nearly a line.
SHAPES = [(1, 0.8, 0.4), (1, 0.8, 0.01), (1, 0.8, 0), (1, 1, 1), (1, 0.02, 0.01)]


@pytest.mark.parametrize("axes", SHAPES)
def test_a_turn_is_found_for_every_shape(rng: np.random.Generator, axes: tuple[float, ...]) -> None:
    reference = rng.uniform(-1, 1, (30, 3)) * axes
    turn = _random_rotations(rng)
    points = 250 * (reference - reference.mean(axis=0)) @ turn.swapaxes(1, 2) + (900, 500, -20)
    fit = fit_similarity(points, reference)
    np.testing.assert_allclose(fit.rotation, turn, atol=1e-9)
    np.testing.assert_allclose(fit.scale, 1 / 250)
    np.testing.assert_allclose(fit.centre, np.tile((900, 500, -20), (N_FRAMES, 1)))


@pytest.mark.parametrize("axes", SHAPES)
@pytest.mark.parametrize("handedness", [1, -1])
def test_noisy_and_mirrored_points_get_the_best_proper_rotation(
    rng: np.random.Generator, axes: tuple[float, ...], handedness: int
) -> None:
    reference = rng.uniform(-1, 1, (30, 3)) * axes
    weights = rng.uniform(0.1, 1, 30)
    points = reference @ _random_rotations(rng) * (handedness, 1, 1)
    points = points + rng.normal(size=points.shape) * 0.05
    goal = reference - np.average(reference, axis=0, weights=weights)
    u, _, vt = np.linalg.svd(np.einsum("p,npi,pj->nij", weights, points, goal))
    u[:, :, 2] *= np.linalg.det(u @ vt)[:, None]
    fit = fit_similarity(points, reference, weights)
    np.testing.assert_allclose(fit.rotation, u @ vt, atol=1e-7)
    np.testing.assert_allclose(np.linalg.det(fit.rotation), 1)


def test_a_frame_does_not_depend_on_those_it_comes_with(rng: np.random.Generator) -> None:
    reference = rng.normal(size=(30, 3))
    points = rng.normal(size=(N_FRAMES, 30, 3))
    points[50] = np.nan
    together = fit_similarity(points, reference)
    alone = fit_similarity(points[100:101], reference)
    np.testing.assert_allclose(together.rotation[100], alone.rotation[0], rtol=0, atol=1e-14)
    assert np.isnan(together.rotation[50]).all()
    assert np.isfinite(np.delete(together.scale, 50)).all()
