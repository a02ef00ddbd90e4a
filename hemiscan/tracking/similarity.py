"""The similarity transform that lays one set of points onto another, for many frames at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_NEWTON_STEPS = 10
"""Faces, flat ones too, need six or seven. Always as many, so that a frame's result does not
depend on the frames it is computed with."""

_ORTHOGONAL = 1e-9

N_MOMENTS = 12
"""Sums over the points of a frame that decide its fit."""


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


class SimilarityTarget:
    """A reference that points are to be laid onto.

    Parameters
    ----------
    reference : ndarray, shape (n_points, 3)
        Where the points should come to lie, up to a shift.
    weights : ndarray, shape (n_points,), optional
        How much each point counts; all the same by default.

    Attributes
    ----------
    moment_weights : ndarray of float64, shape (N_MOMENTS, n_points, 3)
        What the coordinates of the points are multiplied with and summed up to give their
        moments: the covariance with the reference, row by row, then the weighted mean.
    """

    def __init__(
        self, reference: NDArray[np.floating], weights: NDArray[np.floating] | None = None
    ) -> None:
        n_points = len(reference)
        share = np.full(n_points, 1.0 / n_points) if weights is None else weights / np.sum(weights)
        goal = reference - share @ reference
        self._spread = float((share @ np.square(goal)).sum())
        # The goal is centred, so the points need not be.
        self.moment_weights = np.zeros((N_MOMENTS, n_points, 3))
        for axis in range(3):
            self.moment_weights[3 * axis : 3 * axis + 3, :, axis] = (share[:, None] * goal).T
            self.moment_weights[9 + axis, :, axis] = share

    def fit(self, moments: NDArray[np.float64]) -> SimilarityFit:
        """Fit rotation, scale and shift in the least-squares sense.

        Parameters
        ----------
        moments : ndarray of float64, shape (N_MOMENTS, n_frames)
            See `moment_weights`; columns of NaN give NaN.

        Returns
        -------
        SimilarityFit
            One transform a frame.

        Notes
        -----
        The closed form of S. Umeyama, IEEE Trans. Pattern Anal. Mach. Intell. 13 (1991)
        376-380, with the noise taken to be in the points: the scale is the inverse of the one
        that lays the reference onto them.
        """
        covariance = moments[:9].reshape(3, 3, moments.shape[1])
        rotation = _nearest_rotation(covariance)
        stretch = (rotation * covariance).sum(axis=(0, 1))
        return SimilarityFit(
            rotation=np.moveaxis(rotation, -1, 0),
            scale=self._spread / stretch,
            centre=np.moveaxis(moments[9:], -1, 0),
        )


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
    """
    target = SimilarityTarget(reference, weights)
    flat = points.reshape(len(points), 3 * len(reference)).astype(np.float64, copy=False)
    return target.fit(target.moment_weights.reshape(N_MOMENTS, -1) @ flat.T)


def _nearest_rotation(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the proper rotation nearest to each matrix, shape (3, 3, n); NaN stays NaN.

    F. L. Markley's fast optimal attitude matrix (J. Astronaut. Sci. 41 (1993) 261-280): the
    sum of the singular values is the largest root of a polynomial, and the rest is closed
    form. All matrices are solved in step, many times faster than by as many small singular
    value decompositions, which remain for the few that it is not exact for.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        b = matrices / np.sqrt(np.square(matrices).sum(axis=(0, 1)))  # of norm 1 from here on
        adjugate = np.stack([_cross(b[row - 2], b[row - 1]) for row in range(3)])
        determinant = (b[0] * adjugate[0]).sum(axis=0)
        root = _largest_root(determinant, np.square(adjugate).sum(axis=(0, 1)))
        kappa = (np.square(root) - 1) / 2
        gram = _product(b, b.swapaxes(0, 1))
        rotations: NDArray[np.float64] = (kappa + 1) * b + root * adjugate - _product(gram, b)
        rotations /= kappa * root - determinant
        error = np.abs(np.square(rotations).sum(axis=1) - 1).max(axis=0)
    rest = np.flatnonzero(~(error < _ORTHOGONAL) & np.isfinite(matrices).all(axis=(0, 1)))
    if rest.size:
        u, _, vt = np.linalg.svd(np.moveaxis(matrices[..., rest], -1, 0))
        u[:, :, 2] *= np.sign(np.linalg.det(u @ vt))[:, None]
        rotations[..., rest] = np.moveaxis(u @ vt, 0, -1)
    return rotations


def _largest_root(
    determinant: NDArray[np.float64], adjugate_squares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the sum of the singular values of matrices of norm 1, by Newton's method."""
    # From above: the sum is never larger than this.
    root: NDArray[np.float64] = np.full(determinant.shape, np.sqrt(3.0))
    for _ in range(_NEWTON_STEPS):
        above = np.square(root) - 1
        value = np.square(above) - 8 * root * determinant - 4 * adjugate_squares
        root -= value / (4 * root * above - 8 * determinant)
    return root


def _product(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the matrix products of matrices laid out as shape (3, 3, n)."""
    return np.stack([a[row, 0] * b[0] + a[row, 1] * b[1] + a[row, 2] * b[2] for row in range(3)])


def _cross(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cross products of vectors laid out as shape (3, n)."""
    return np.stack(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
    )
