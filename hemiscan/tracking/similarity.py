"""Least-squares similarity transforms (rotation, scale, shift) of many frames at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class SimilarityFit:
    """Transforms ``(points - centre) @ rotation * scale`` onto a centred reference.

    Attributes
    ----------
    rotation : ndarray of float64, shape (n_frames, 3, 3)
        Proper rotations, applied from the right. NaN where a point was NaN.
    scale : ndarray of float64, shape (n_frames,)
        Reference units per unit of the points.
    centre : ndarray of float64, shape (n_frames, 3)
        Weighted mean of the points.
    """

    rotation: NDArray[np.float64]
    scale: NDArray[np.float64]
    centre: NDArray[np.float64]

    def transform(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return points of shape (n_frames, n_points, 3) laid onto the reference."""
        centred = points - self.centre[:, None]
        moved: NDArray[np.float64] = centred @ self.rotation * self.scale[:, None, None]
        return moved


def fit_similarity(
    points: NDArray[np.floating],
    reference: NDArray[np.floating],
    weights: NDArray[np.floating] | None = None,
) -> SimilarityFit:
    """Fit rotation, scale and shift in the least-squares sense.

    Parameters
    ----------
    points : ndarray, shape (n_frames, n_points, 3)
        Frames with a NaN point give NaN.
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
    The closed form of S. Umeyama, IEEE Trans. Pattern Anal. Mach. Intell. 13 (1991) 376-380,
    by the singular value decomposition of the covariance of points and reference. The noise
    is taken to be in the points: the scale is the inverse of the one that lays the reference
    onto them.
    """
    n_points = len(reference)
    share = np.full(n_points, 1.0 / n_points) if weights is None else weights / np.sum(weights)
    goal = reference - share @ reference
    points = points.astype(np.float64, copy=False)
    centre = share @ points
    # The goal is centred, so the points need not be.
    covariance = points.swapaxes(1, 2) @ (share[:, None] * goal)
    rotation = _nearest_rotation(covariance)
    spread = share @ np.square(goal).sum(axis=1)
    return SimilarityFit(rotation, spread / (rotation * covariance).sum(axis=(1, 2)), centre)


def _nearest_rotation(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the proper rotation nearest to each matrix, shape (n, 3, 3); NaN stays NaN."""
    rotations = np.full(matrices.shape, np.nan)
    known = np.isfinite(matrices).all(axis=(1, 2))
    u, _, vt = np.linalg.svd(matrices[known])
    # Of the two orthogonal matrices the one that does not mirror.
    u[:, :, 2] *= np.sign(np.linalg.det(u @ vt))[:, None]
    rotations[known] = u @ vt
    return rotations
