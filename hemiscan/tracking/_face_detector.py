"""Face detection in a whole frame, as by mediapipe's short-range face detector (BlazeFace).

A single-shot detector: every anchor of a fixed grid gives the log odds that a face is there,
and box and key points of the face relative to the anchor. Boxes of the same face are merged by
non-maximum suppression. The constants are those of mediapipe's
``face_detection_short_range.pbtxt``; the network is described in Bazarevsky et al., BlazeFace,
2019 (https://arxiv.org/abs/1907.05047).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hemiscan.models.bundle import FACE_DETECTOR, ModelBundle
from hemiscan.tracking._face_region import (
    REGION_SCALE,
    Cropper,
    FaceRegion,
    compute_direction,
    compute_iou,
)
from hemiscan.tracking._networks import LitertNetwork

MIN_SCORE = 0.5
"""Anchors with a lower probability of a face are left out."""

MIN_LOGIT = 0.0
"""The same as log odds: most anchors are far below, and their probability is not computed."""

MIN_IOU = 0.5
"""Boxes that share more than this part of their union are of one face."""

INPUT_SIZE = 128
"""Width and height of the image that the network takes."""

_ANCHOR_GRIDS = ((16, 2), (8, 6))  # cells a side, anchors in each cell
_VALUES_PER_ANCHOR = 16  # centre, size and six key points, x and y of each
_RIGHT_EYE, _LEFT_EYE = 0, 1  # key points
_BLACK = -1.0


@dataclass(frozen=True, eq=False)
class FaceBox:
    """A face found by the detector.

    Attributes
    ----------
    score : float
        Probability of a face, in 0..1.
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
    """Finds the faces of a frame, however many. Each thread needs one of its own.

    Parameters
    ----------
    model : ModelBundle
        Where the network comes from.

    Raises
    ------
    ModelError
        If LiteRT cannot load it.
    """

    def __init__(self, model: ModelBundle) -> None:
        self._anchors = compute_anchors()
        self._network = LitertNetwork(
            model.networks[FACE_DETECTOR],
            name=f"{model.path}: {FACE_DETECTOR}",
            size=INPUT_SIZE,
            outputs=(len(self._anchors) * _VALUES_PER_ANCHOR, len(self._anchors)),
        )
        self._cropper = Cropper(INPUT_SIZE, black_beyond=True)

    def detect(self, image: NDArray[np.uint8]) -> list[FaceBox]:
        """Return the faces, the one of the highest score first.

        Parameters
        ----------
        image : ndarray of uint8, shape (height, width, 3)
            RGB.

        Returns
        -------
        list of FaceBox
            Empty where no face is found.
        """
        height, width = image.shape[:2]
        side = max(width, height)
        square = FaceRegion(width / 2, height / 2, side, side, 0.0)
        offsets, logits = self._network.run(self._cropper.crop(image, square), black=_BLACK)
        scores, points = decode(offsets[0], logits[0, :, 0], self._anchors)
        centre = np.array([square.x, square.y], dtype=np.float32)
        return suppress(scores, (points - 0.5) * side + centre)

    def close(self) -> None:
        """Free the network; a second call does nothing."""
        self._network.close()


def compute_anchors() -> NDArray[np.float32]:
    """Return the centres of the anchors, row by row through each grid.

    Returns
    -------
    ndarray of float32, shape (896, 2)
        x and y as shares of the image's side.
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
    """Return scores, boxes and key points of the anchors that found a face.

    Parameters
    ----------
    offsets : ndarray of float32, shape (n_anchors, 16)
        For each anchor the centre of the box relative to it, its width and height, and
        six key points relative to it, in pixels of the network's input.
    logits : ndarray of float32, shape (n_anchors,)
        Log odds of a face at each anchor.
    anchors : ndarray of float32, shape (n_anchors, 2)
        See `compute_anchors`.

    Returns
    -------
    scores : ndarray of float32, shape (n_boxes,)
        At least `MIN_SCORE`; boxes turned inside out are left out.
    points : ndarray of float32, shape (n_boxes, 8, 2)
        Upper left and lower right corner of the box and the key points, as shares of the
        image's side.
    """
    found = (logits >= MIN_LOGIT) & (offsets[:, 2:4] >= 0).all(axis=1)
    scores = np.asarray(1 / (1 + np.exp(-logits[found])), dtype=np.float32)
    points = offsets[found].reshape(-1, 8, 2) / np.float32(INPUT_SIZE)
    centre, half_size = points[:, 0].copy(), points[:, 1] / 2
    points[:, 0], points[:, 1] = centre - half_size, centre + half_size
    return scores, points + anchors[found][:, None]


def suppress(scores: NDArray[np.float32], points: NDArray[np.float32]) -> list[FaceBox]:
    """Merge the boxes of each face into one: weighted non-maximum suppression.

    As in the BlazeFace paper, boxes that overlap the one of the highest score are averaged
    with it, weighted by their scores.

    Parameters
    ----------
    scores : ndarray of float32, shape (n_boxes,)
        Probabilities of a face.
    points : ndarray of float32, shape (n_boxes, 8, 2)
        Corners and key points, as from `decode`, in any unit.

    Returns
    -------
    list of FaceBox
        The highest score first; each has the score of its best box.
    """
    faces = []
    rest = np.argsort(-scores, kind="stable")
    while rest.size:
        same = compute_iou(points[rest[0], :2], points[rest, :2]) > MIN_IOU
        same[0] = True
        group = rest[same]
        weights = scores[group]
        merged = (points[group] * weights[:, None, None]).sum(axis=0) / weights.sum()
        faces.append(FaceBox(float(scores[rest[0]]), merged[:2], merged[2:]))
        rest = rest[~same]
    return faces
