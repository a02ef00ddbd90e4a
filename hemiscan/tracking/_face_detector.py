"""Finding faces in a whole picture, as mediapipe's short-range face detector does.

A single-shot detector looks at the picture from a fixed grid of anchors; each says whether
it sees a face, and where the face's box and key points are relative to the anchor. The
constants are those of mediapipe's ``face_detector_graph.cc``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hemiscan.models import model_path
from hemiscan.tracking._face_region import (
    REGION_SCALE,
    Cropper,
    FaceRegion,
    compute_direction,
)
from hemiscan.tracking._litert_network import LitertNetwork, compute_probability

MIN_SCORE = 0.5
"""Anchors less sure than this see no face."""

MIN_OVERLAP = 0.5
"""Boxes that share more than this part of their union are of one face."""

_MEMBER = "face_detector.tflite"
_SIZE = 128
_ANCHOR_GRIDS = ((16, 2), (8, 6))  # cells a side, anchors in each cell
_RIGHT_EYE, _LEFT_EYE = 0, 1  # key points
_BLACK = -1.0
_WORTH_A_LOOK = -0.1  # log odds; `MIN_SCORE` is at 0


@dataclass(frozen=True)
class FaceBox:
    """A face seen by the detector.

    Attributes
    ----------
    score : float
        How sure the detector is, in 0..1.
    corners : ndarray of float32, shape (2, 2)
        x, y of the upper left and the lower right corner of the upright box, in pixels.
    key_points : ndarray of float32, shape (6, 2)
        x, y of the subject's right and left eye, nose tip, mouth, right and left ear.
    """

    score: float
    corners: NDArray[np.float32]
    key_points: NDArray[np.float32]

    def region(self) -> FaceRegion:
        """Return the region in which to look for the face's landmarks."""
        x, y = self.corners.mean(axis=0, dtype=np.float64).tolist()
        width, height = (REGION_SCALE * (self.corners[1] - self.corners[0])).tolist()
        rotation = compute_direction(self.key_points[_RIGHT_EYE], self.key_points[_LEFT_EYE])
        return FaceRegion(x, y, width, height, rotation)


class FaceDetector:
    """Finds the faces of a picture, however many. Each thread needs one of its own.

    Parameters
    ----------
    model : str or Path, optional
        A Face Landmarker bundle in place of the packaged one; see
        `hemiscan.models.model_path`.

    Raises
    ------
    ModelError
        If the model is missing, unreadable or not one that LiteRT can load.
    """

    def __init__(self, model: str | Path | None = None) -> None:
        self._network = LitertNetwork(model_path(model), _MEMBER, size=_SIZE)
        self._anchors = compute_anchors()
        self._cropper = Cropper(_SIZE, black_beyond=True)

    def detect(self, image: NDArray[np.uint8]) -> list[FaceBox]:
        """Return the faces, the surest first.

        Parameters
        ----------
        image : ndarray of uint8, shape (height, width, 3)
            RGB.

        Returns
        -------
        list of FaceBox
            Empty where no face is seen.
        """
        height, width = image.shape[:2]
        side = max(width, height)
        square = FaceRegion(width / 2, height / 2, side, side, 0.0)
        picture = self._cropper.crop(image, square)
        offsets, logits, *_ = self._network.run(picture, black=_BLACK)
        scores, points = decode(offsets[0], logits[0, :, 0], self._anchors)
        centre = np.array([square.x, square.y], dtype=np.float32)
        return suppress(scores, (points - 0.5) * side + centre)

    def close(self) -> None:
        """Free the network; a second call does nothing."""
        self._network.close()


def compute_anchors() -> NDArray[np.float32]:
    """Return the points of the picture that the detector looks from.

    Returns
    -------
    ndarray of float32, shape (896, 2)
        x and y as shares of the picture's side.
    """
    grids = []
    for cells, per_cell in _ANCHOR_GRIDS:
        middle = (np.arange(cells, dtype=np.float32) + 0.5) / cells
        y, x = np.meshgrid(middle, middle, indexing="ij")
        grids.append(np.repeat(np.stack([x, y], axis=-1).reshape(-1, 2), per_cell, axis=0))
    return np.concatenate(grids)


def decode(
    offsets: NDArray[np.float32], logits: NDArray[np.float32], anchors: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return what the anchors that see a face see.

    Parameters
    ----------
    offsets : ndarray of float32, shape (n_anchors, 16)
        For each anchor the centre of the box relative to it, its width and height, and
        six key points relative to it, in pixels of the detector's picture.
    logits : ndarray of float32, shape (n_anchors,)
        Log odds that the anchor sees a face.
    anchors : ndarray of float32, shape (n_anchors, 2)
        See `compute_anchors`.

    Returns
    -------
    scores : ndarray of float32, shape (n_seeing,)
        At least `MIN_SCORE`; boxes turned inside out are left away.
    points : ndarray of float32, shape (n_seeing, 8, 2)
        Upper left and lower right corner of the box and the key points, as shares of the
        picture's side.
    """
    # Most anchors see nothing, and their probabilities are not worth computing.
    seeing = np.flatnonzero((logits > _WORTH_A_LOOK) & (offsets[:, 2:4] >= 0).all(axis=1))
    scores = compute_probability(logits[seeing])
    seeing, scores = seeing[scores >= MIN_SCORE], scores[scores >= MIN_SCORE]
    points = offsets[seeing].reshape(-1, 8, 2) / np.float32(_SIZE)
    centre, half = points[:, 0].copy(), points[:, 1] / 2
    points[:, 0], points[:, 1] = centre - half, centre + half
    return scores, points + anchors[seeing][:, None]


def suppress(scores: NDArray[np.float32], points: NDArray[np.float32]) -> list[FaceBox]:
    """Merge what several anchors see of the same face.

    Non-maximum suppression as the BlazeFace paper has it (https://arxiv.org/abs/1907.05047):
    boxes that overlap the surest one are averaged with it, weighted by their scores.

    Parameters
    ----------
    scores : ndarray of float32, shape (n,)
    points : ndarray of float32, shape (n, 8, 2)
        Corners and key points, as from `decode`, in any unit.

    Returns
    -------
    list of FaceBox
        The surest first; each has the score of its surest box.
    """
    faces = []
    rest = np.argsort(-scores, kind="stable")
    while rest.size:
        same = compute_overlap(points[rest[0], :2], points[rest, :2]) > MIN_OVERLAP
        same[0] = True
        group = rest[same]
        weights = scores[group]
        merged = (points[group] * weights[:, None, None]).sum(axis=0) / weights.sum()
        faces.append(FaceBox(float(scores[rest[0]]), merged[:2], merged[2:]))
        rest = rest[~same]
    return faces


def compute_overlap(box: NDArray[np.floating], boxes: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the share of their union that upright boxes have in common with one.

    Parameters
    ----------
    box : ndarray, shape (2, 2)
        x, y of the upper left and the lower right corner.
    boxes : ndarray, shape (n, 2, 2)
        The same of the others.

    Returns
    -------
    ndarray, shape (n,)
        0 where they do not touch, 1 where they are the same.
    """
    low = np.maximum(box[0], boxes[:, 0])
    high = np.minimum(box[1], boxes[:, 1])
    common = np.clip(high - low, 0.0, None).prod(axis=1)
    union = (box[1] - box[0]).prod() + (boxes[:, 1] - boxes[:, 0]).prod(axis=1) - common
    return np.asarray(np.divide(common, union, out=np.zeros_like(common), where=union > 0))
