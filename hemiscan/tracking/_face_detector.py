"""Face detection as by mediapipe's short-range and full-range detectors (BlazeFace).

Single-shot detectors: every anchor of a fixed grid gives the log odds that a face is there,
and box and key points of the face relative to the anchor. Boxes of the same face are merged by
non-maximum suppression. The networks are described in Bazarevsky et al., BlazeFace, 2019
(https://arxiv.org/abs/1907.05047).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logit

from hemiscan.models.bundle import FACE_DETECTOR, FULL_RANGE_DETECTOR, ModelBundle, read_packaged
from hemiscan.tracking._crop_region import (
    REGION_SCALE,
    Cropper,
    CropRegion,
    compute_direction,
    compute_iou,
)
from hemiscan.tracking._networks import LitertNetwork

_RIGHT_EYE, _LEFT_EYE = 0, 1  # key points
_BLACK = -1.0


@dataclass(frozen=True)
class DetectorConfig:
    """The layout of a detector's network and its thresholds.

    Attributes
    ----------
    input_size : int
        Width and height of the image that the network takes.
    anchor_grids : tuple of (int, int)
        For each grid the cells a side, and the anchors in each cell.
    min_score : float
        Anchors with a lower probability of a face are left out.
    min_iou : float
        Boxes that share more than this part of their union are of one face.
    n_key_points : int
        Key points of each face.
    """

    input_size: int
    anchor_grids: tuple[tuple[int, int], ...]
    min_score: float
    min_iou: float
    n_key_points: int = 6

    @property
    def n_values(self) -> int:
        """Values for each anchor: centre, size and key points, x and y of each."""
        return 4 + 2 * self.n_key_points


SHORT_RANGE = DetectorConfig(128, ((16, 2), (8, 6)), min_score=0.5, min_iou=0.5)
"""As in the Face Landmarker: faces from about 9 % of the frame's longer side on."""

FULL_RANGE = DetectorConfig(192, ((48, 1),), min_score=0.6, min_iou=0.3)
"""As in mediapipe's ``face_detection_full_range.pbtxt``: faces from about 6 % on."""


@dataclass(frozen=True, eq=False)
class FaceBox:
    """A face found by the detector.

    Attributes
    ----------
    score : float
        Probability of a face, in 0..1.
    corners : ndarray of float32, shape (2, 2)
        x, y of the upper left and the lower right corner of the upright box, in pixels.
    key_points : ndarray of float32, shape (n_key_points, 2)
        x, y of the subject's right and left eye, nose tip, mouth, right and left ear.
    """

    score: float
    corners: NDArray[np.float32]
    key_points: NDArray[np.float32]

    def region(self) -> CropRegion:
        """Return the region in which to look for the face's landmarks."""
        x, y = self.corners.mean(axis=0, dtype=np.float64).tolist()
        width, height = (REGION_SCALE * (self.corners[1] - self.corners[0])).tolist()
        rotation = compute_direction(self.key_points[_RIGHT_EYE], self.key_points[_LEFT_EYE])
        return CropRegion(x, y, width, height, rotation)


class FaceDetector:
    """Finds the faces of a frame, however many. Each thread needs one of its own.

    Parameters
    ----------
    content : bytes
        The network as TensorFlow Lite.
    name : str
        File it comes from, for error messages.
    config : DetectorConfig
        Its layout.

    Raises
    ------
    ModelError
        If LiteRT cannot load it.
    """

    def __init__(self, content: bytes, name: str, config: DetectorConfig) -> None:
        self._config = config
        self._anchors = compute_anchors(config)
        self._network = LitertNetwork(
            content,
            name=name,
            size=config.input_size,
            outputs=(len(self._anchors) * config.n_values, len(self._anchors)),
        )
        self._cropper = Cropper(config.input_size, black_beyond=True)

    @classmethod
    def short_range(cls, model: ModelBundle) -> FaceDetector:
        """Return the detector of a Face Landmarker bundle."""
        name = f"{model.path}: {FACE_DETECTOR}"
        return cls(model.networks[FACE_DETECTOR], name, SHORT_RANGE)

    @classmethod
    def full_range(cls) -> FaceDetector:
        """Return the detector for small faces that ships with hemiscan."""
        return cls(read_packaged(FULL_RANGE_DETECTOR), FULL_RANGE_DETECTOR, FULL_RANGE)

    def detect(
        self, image: NDArray[np.uint8], squares: Sequence[CropRegion] | None = None
    ) -> list[FaceBox]:
        """Return the faces, the one of the highest score first.

        Parameters
        ----------
        image : ndarray of uint8, shape (height, width, 3)
            RGB.
        squares : sequence of CropRegion, optional
            Upright squares of the frame to search one after the other; the smallest one
            around all of it by default.

        Returns
        -------
        list of FaceBox
            Empty where no face is found. A face in several squares is one.
        """
        height, width = image.shape[:2]
        side = max(width, height)
        squares = squares or [CropRegion(width / 2, height / 2, side, side, 0.0)]
        found = [self._find_boxes(image, square) for square in squares]
        scores, points = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return suppress(scores, points, min_iou=self._config.min_iou)

    def close(self) -> None:
        """Free the network; a second call does nothing."""
        self._network.close()

    def _find_boxes(
        self, image: NDArray[np.uint8], square: CropRegion
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return scores and points (see `decode`) of a square, in pixels of the frame."""
        offsets, logits = self._network.run(self._cropper.crop(image, square), black=_BLACK)
        scores, points = decode(offsets[0], logits[0, :, 0], self._anchors, self._config)
        centre = np.array([square.x, square.y], dtype=np.float32)
        return scores, (points - 0.5) * np.float32(square.width) + centre


def compute_anchors(config: DetectorConfig) -> NDArray[np.float32]:
    """Return the centres of the anchors, row by row through each grid.

    Returns
    -------
    ndarray of float32, shape (n_anchors, 2)
        x and y as shares of the image's side.
    """
    grids = []
    for cells, per_cell in config.anchor_grids:
        middle = (np.arange(cells, dtype=np.float32) + 0.5) / cells
        y, x = np.meshgrid(middle, middle, indexing="ij")
        grids.append(np.repeat(np.stack([x, y], axis=-1).reshape(-1, 2), per_cell, axis=0))
    return np.concatenate(grids)


def decode(
    offsets: NDArray[np.float32],
    logits: NDArray[np.float32],
    anchors: NDArray[np.float32],
    config: DetectorConfig,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return scores, boxes and key points of the anchors that found a face.

    Parameters
    ----------
    offsets : ndarray of float32, shape (n_anchors, n_values)
        For each anchor the centre of the box relative to it, its width and height, and
        the key points relative to it, in pixels of the network's input.
    logits : ndarray of float32, shape (n_anchors,)
        Log odds of a face at each anchor.
    anchors : ndarray of float32, shape (n_anchors, 2)
        See `compute_anchors`.
    config : DetectorConfig
        Of the network.

    Returns
    -------
    scores : ndarray of float32, shape (n_boxes,)
        At least ``min_score``; boxes turned inside out are left out.
    points : ndarray of float32, shape (n_boxes, 2 + n_key_points, 2)
        Upper left and lower right corner of the box and the key points, as shares of the
        image's side.
    """
    # Most anchors are far below the threshold, and their probability is not computed.
    found = (logits >= logit(config.min_score)) & (offsets[:, 2:4] >= 0).all(axis=1)
    points = offsets[found].reshape(-1, config.n_values // 2, 2) / np.float32(config.input_size)
    centre, half_size = points[:, 0].copy(), points[:, 1] / 2
    points[:, 0], points[:, 1] = centre - half_size, centre + half_size
    scores = np.asarray(1 / (1 + np.exp(-logits[found])), dtype=np.float32)
    return scores, points + anchors[found][:, None]


def suppress(
    scores: NDArray[np.float32], points: NDArray[np.float32], *, min_iou: float
) -> list[FaceBox]:
    """Merge the boxes of each face into one: weighted non-maximum suppression.

    As in the BlazeFace paper, boxes that overlap the one of the highest score are averaged
    with it, weighted by their scores.

    Parameters
    ----------
    scores : ndarray of float32, shape (n_boxes,)
        Probabilities of a face.
    points : ndarray of float32, shape (n_boxes, 2 + n_key_points, 2)
        Corners and key points, as from `decode`, in any unit.
    min_iou : float
        See `DetectorConfig`.

    Returns
    -------
    list of FaceBox
        The highest score first; each has the score of its best box.
    """
    faces = []
    rest = np.argsort(-scores, kind="stable")
    while rest.size:
        same = compute_iou(points[rest[0], :2], points[rest, :2]) > min_iou
        same[0] = True
        group = rest[same]
        weights = scores[group]
        merged = (points[group] * weights[:, None, None]).sum(axis=0) / weights.sum()
        faces.append(FaceBox(float(scores[rest[0]]), merged[:2], merged[2:]))
        rest = rest[~same]
    return faces
