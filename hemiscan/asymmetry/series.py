"""Movement of each half of the face over time, and their asymmetry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

REGIONS = ("brow", "eye", "cheek", "mouth", "chin")
"""Face regions from top to bottom, in the order of every ``n_regions`` axis."""


@dataclass(frozen=True, eq=False)
class AsymmetrySeries:
    """Movement of each half of the face from its own rest (`hemiscan.asymmetry.rest`).

    Attributes
    ----------
    time_s : ndarray of float64, shape (n_frames,)
        Seconds from the clip's first frame, strictly increasing.
    left, right : ndarray of float32, shape (n_frames, n_regions)
        Movement of the subject's left and right half, positive in the direction a
        spasm pulls: brow raised, eye closed, cheek raised, mouth corner drawn to
        the side and up, chin drawn to the side. The eye is in fractions of its
        resting opening (1 is closed); the others in fractions of the distance
        between the outer eye corners. NaN where no face was found.
    asymmetry : ndarray of float32, shape (n_frames, n_regions)
        ``left - right``: positive where the subject's left half is the more active. NaN like
        above.
    quality : ndarray of float32, shape (n_frames,)
        How far the frame can be trusted, 0 to 1: falls with yaw, with small faces and
        around lost tracking; 0 where there is no face.
    resting_asymmetry : ndarray of float32, shape (n_regions,)
        The standing difference of the halves that was taken off: how far the left half looks
        contracted beside the right one at rest, in the same units. NaN where it is unknown.

    Raises
    ------
    ValueError
        If the shapes disagree.
    """

    time_s: NDArray[np.float64]
    left: NDArray[np.float32]
    right: NDArray[np.float32]
    asymmetry: NDArray[np.float32]
    quality: NDArray[np.float32]
    resting_asymmetry: NDArray[np.float32] = field(
        default_factory=lambda: np.full(len(REGIONS), np.nan, np.float32)
    )

    def __post_init__(self) -> None:
        n_frames = len(self.time_s)
        expected: dict[str, tuple[int, ...]] = {
            "left": (n_frames, len(REGIONS)),
            "right": (n_frames, len(REGIONS)),
            "asymmetry": (n_frames, len(REGIONS)),
            "quality": (n_frames,),
            "resting_asymmetry": (len(REGIONS),),
        }
        for name, shape in expected.items():
            actual = getattr(self, name).shape
            if actual != shape:
                raise ValueError(f"{name} has shape {actual}, expected {shape}")

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return len(self.time_s)

    @property
    def regions(self) -> tuple[str, ...]:
        """Names of the regions, in the order of the last axis."""
        return REGIONS

    def select(self, rows: slice) -> AsymmetrySeries:
        """Return the part of the series that consists of some rows; rest stays that of all."""
        return AsymmetrySeries(
            self.time_s[rows],
            self.left[rows],
            self.right[rows],
            self.asymmetry[rows],
            self.quality[rows],
            self.resting_asymmetry,
        )

    def movement_columns(self) -> dict[str, NDArray[Any]]:
        """Return the columns ``<region>_left``, ``_right`` and ``_asymmetry`` by name."""
        columns: dict[str, NDArray[Any]] = {}
        for index, region in enumerate(REGIONS):
            columns[f"{region}_left"] = self.left[:, index]
            columns[f"{region}_right"] = self.right[:, index]
            columns[f"{region}_asymmetry"] = self.asymmetry[:, index]
        return columns
