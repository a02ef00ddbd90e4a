"""Analysis of a live run: landmarks, movement and episodes frame by frame."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry import compute_measures
from hemiscan.body import NO_LIMBS, LimbMonitor
from hemiscan.eyes import NO_LIDS, measure_lids
from hemiscan.tracking import (
    NO_BODY,
    NO_FACE,
    BodyInFrame,
    BodyTracker,
    FaceTrack,
    LandmarkEngine,
    Sighting,
    SubjectFollower,
    compute_head_pose,
)
from hemiscan.video.frames import ClipInfo, Frame

if TYPE_CHECKING:
    from hemiscan.episodes.streaming import StreamingDetector, StreamUpdate


@dataclass(frozen=True)
class LiveFrame:
    """What is known of one frame as soon as it is analysed.

    Attributes
    ----------
    time_s : float
        When it was captured, in seconds from the first frame of the run.
    image : ndarray of uint8, shape (height, width, 3), or None
        RGB, unmirrored: the subject's left is on the right-hand side. Not to be written
        into. None where no frame came, because the camera was gone or the run paused.
    landmarks : ndarray of float32, shape (478, 3)
        In pixels, as in `FaceTrack`; NaN where no face was found.
    presence : float
        As in `FaceTrack`.
    pose_deg : ndarray of float32, shape (3,)
        Yaw, pitch and roll; NaN where no face was found.
    eye_distance_px : float
        Distance between the outer eye corners as if seen from the front; NaN where no
        face was found.
    update : StreamUpdate
        What the detector says with this frame: movement of both halves, frames that
        became final, episodes that began and ended.
    latency_ms : float
        From the capture of the frame to this result; NaN where no frame came.
    lids : ndarray of float32, shape (2, 2)
        Openings of left and right eye, and their uncertainties, as from `measure_lids`;
        NaN where no face was found.
    body : BodyInFrame
        `NO_BODY` where no body was found or looked for.
    limbs : ndarray of float64, shape (2, 3)
        How far the limbs of left and right are from their posture, from `LimbMonitor`.
    """

    time_s: float
    image: NDArray[np.uint8] | None
    landmarks: NDArray[np.float32]
    presence: float
    pose_deg: NDArray[np.float32]
    eye_distance_px: float
    update: StreamUpdate
    latency_ms: float
    lids: NDArray[np.float32] = field(default_factory=lambda: NO_LIDS)
    body: BodyInFrame = NO_BODY
    limbs: NDArray[np.float64] = field(default_factory=lambda: NO_LIMBS)

    @property
    def has_face(self) -> bool:
        """Whether the subject's face was found."""
        return bool(np.isfinite(self.landmarks[0, 0]))


class FrameAnalyzer:
    """Tracks the subject and feeds the detector, frame by frame.

    Parameters
    ----------
    engine : LandmarkEngine
        A fresh one; closing it is the caller's.
    detector : StreamingDetector
        A fresh one.
    info : ClipInfo
        Of the source.
    face : int, optional
        Whom to follow where several faces are in view, as in `track_face`.
    body : BodyTracker, optional
        A fresh one, where the body is to be tracked too; closing it is the caller's.
    """

    def __init__(
        self,
        engine: LandmarkEngine,
        detector: StreamingDetector,
        info: ClipInfo,
        *,
        face: int = 1,
        body: BodyTracker | None = None,
    ) -> None:
        self._body, self._limbs = body, LimbMonitor()
        self._engine, self._detector, self._info = engine, detector, info
        self._follower = SubjectFollower(face=face)

    def analyze(self, frame: Frame) -> LiveFrame:
        """Analyse the next frame; its latency is left to the caller, who has the clock."""
        found = self._engine.detect(frame)
        row = self._follower.choose(frame.time_s, found.landmarks)
        if row is None:
            return self._describe(frame.time_s, frame.image, NO_FACE, 0.0, NO_LIDS)
        landmarks, presence = found.landmarks[row], float(found.presence[row])
        lids = measure_lids(frame.image, landmarks)
        described = self._describe(frame.time_s, frame.image, landmarks, presence, lids)
        if self._body is None:
            return described
        body = self._body.find(Sighting(frame, landmarks, presence))
        return replace(described, body=body, limbs=self._limbs.add(frame.time_s, body))

    def skip(self, time_s: float) -> LiveFrame:
        """Tell the detector that nothing is known at this time."""
        return self._describe(time_s, None, NO_FACE, 0.0, NO_LIDS)

    def finish(self) -> StreamUpdate:
        """Return what was still open."""
        return self._detector.finish()

    def warnings(self) -> list[str]:
        """Return what a reader of the results should know about the people in view."""
        return self._follower.warnings()

    def _describe(
        self,
        time_s: float,
        image: NDArray[np.uint8] | None,
        landmarks: NDArray[np.float32],
        presence: float,
        lids: NDArray[np.float32],
    ) -> LiveFrame:
        pose_deg = compute_head_pose(landmarks[None])
        track = FaceTrack(
            time_s=np.array([time_s]),
            landmarks=landmarks[None],
            presence=np.array([presence], dtype=np.float32),
            pose_deg=pose_deg,
            source=self._info,
            lid_opening=lids[None, 0],
            lid_uncertainty=lids[None, 1],
        )
        measures = compute_measures(track)
        return LiveFrame(
            time_s=time_s,
            image=image,
            landmarks=landmarks,
            presence=presence,
            pose_deg=pose_deg[0],
            lids=lids,
            eye_distance_px=float(measures.eye_distance_px[0]),
            update=self._detector.push(measures),
            latency_ms=float("nan"),
        )
