"""The similarity transform that lays one set of points onto another, for many frames at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_NEWTON_STEPS = 10
"""Steps to the nearest rotation; they converge quadratically, and flat faces need about seven."""


@dataclass(frozen=True)
class SimilarityFit:
    """Transforms ``(points - centre) @ rotation * scale`` onto a centred reference.

    Attributes
    ----------
    rotation : ndarray of float64, shape (n_frames, 3, 3)
        Proper rotations, applied from the right. NaN where the points were.
    scale : ndarray of float64, shape (n_frames,)
        Reference units per unit of the points.
    centre : ndarray of float64, shape (n_frames, 3)
        Weighted mean of the points.
    """

    rotation: NDArray[np.float64]
    scale: NDArray[np.float64]
    centre: NDArray[np.float64]


def fit_similarity(
    points: NDArray[np.floating],
    reference: NDArray[np.floating],
    weights: NDArray[np.floating] | None = None,
) -> SimilarityFit:
    """Fit rotation, scale and shift in the least-squares sense.

    Parameters
    ----------
    points : ndarray, shape (n_frames, n_points, 3)
        Rows of NaN give NaN.
    reference : ndarray, shape (n_points, 3)
        Where the points should come to lie, up to a shift.
    weights : ndarray, shape (n_points,), optional
        How much each point counts; all the same by default.

    Returns
    -------
    SimilarityFit
        One transform a frame.

    Notes
    -----
    The closed form of S. Umeyama, IEEE Trans. Pattern Anal. Mach. Intell. 13 (1991)
    376-380, with the noise taken to be in the points: the scale is the inverse of the one
    that lays the reference onto them. The rotation is the orthogonal polar factor of the
    covariance, found by Newton's iteration (N. J. Higham, SIAM J. Sci. Stat. Comput. 7
    (1986) 1160-1174) for all frames in step, which is several times faster than as many
    small singular value decompositions.
    """
    n_frames, n_points = points.shape[:2]
    share = np.full(n_points, 1.0 / n_points) if weights is None else weights / np.sum(weights)
    goal = reference - share @ reference
    weighted_goal = share[:, None] * goal
    # The goal is centred, so the points need not be: one matrix product gives all frames'
    # covariances, and their centres along with them.
    product = np.zeros((n_points, 3, 4, 3))
    for axis in range(3):
        product[:, axis, :3, axis] = weighted_goal
        product[:, axis, 3, axis] = share
    flat = points.reshape(n_frames, n_points * 3).astype(np.float64, copy=False)
    moments = (flat @ product.reshape(n_points * 3, 12)).reshape(n_frames, 4, 3)
    covariance = moments[:, :3].transpose(0, 2, 1)
    rotation = _nearest_rotation(covariance)
    stretch = np.einsum("nij,nij->n", rotation, covariance)
    scale = (share @ np.square(goal)).sum() / stretch
    return SimilarityFit(rotation, scale, moments[:, 3])


def _nearest_rotation(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the proper rotation nearest to each matrix, shape (n, 3, 3); NaN stays NaN."""
    rows = np.ascontiguousarray(matrices.transpose(1, 2, 0))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        for _ in range(_NEWTON_STEPS):
            cofactors = np.stack([_cross(rows[i - 2], rows[i - 1]) for i in range(3)])
            inverse = cofactors / (rows[0] * cofactors[0]).sum(axis=0)
            balance = np.sqrt(_norm(inverse) / _norm(rows))
            rows = (balance * rows + inverse / balance) / 2
    rotations = np.ascontiguousarray(rows.transpose(2, 0, 1))
    # Points that lie like a face seen in a mirror, or in a plane, need the full solution.
    with np.errstate(invalid="ignore"):
        solved = np.linalg.det(np.nan_to_num(rotations)) > 0.5
    rest = np.flatnonzero(~solved & np.isfinite(matrices).all(axis=(1, 2)))
    u, _, vt = np.linalg.svd(matrices[rest])
    u[:, :, 2] *= np.sign(np.linalg.det(u @ vt))[:, None]
    rotations[rest] = u @ vt
    return rotations


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cross products of vectors laid out as shape (3, n)."""
    return np.stack(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    )


def _norm(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    norm: NDArray[np.float64] = np.sqrt(np.square(rows).sum(axis=(0, 1)))
    return norm
