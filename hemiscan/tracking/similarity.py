"""The similarity transform that lays one set of points onto another, for many frames at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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
    Closed form of S. Umeyama, IEEE Trans. Pattern Anal. Mach. Intell. 13 (1991) 376-380.
    """
    n_points = len(reference)
    share = np.full(n_points, 1.0 / n_points) if weights is None else weights / np.sum(weights)
    goal = reference - share @ reference
    centre = np.einsum("p,npi->ni", share, points)
    centred = points - centre[:, None, :]
    # One product per frame: (3, points) with (points, 3).
    covariance = centred.transpose(0, 2, 1) @ (share[:, None] * goal)
    missing = ~np.isfinite(covariance).all(axis=(1, 2))
    covariance[missing] = np.eye(3)
    u, singular, vt = np.linalg.svd(covariance)
    # A mirrored solution would fit better only for points that are not a face.
    handedness = np.sign(np.linalg.det(u @ vt))
    u[:, :, 2] *= handedness[:, None]
    singular[:, 2] *= handedness
    rotation = u @ vt
    spread = np.einsum("p,npi,npi->n", share, centred, centred)
    with np.errstate(invalid="ignore", divide="ignore"):
        scale = singular.sum(axis=1) / spread
    rotation[missing] = np.nan
    scale[missing] = np.nan
    return SimilarityFit(rotation, scale, centre)
