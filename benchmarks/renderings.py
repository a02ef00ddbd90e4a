"""Spasms rendered onto real moving faces, and tracked again: data with a known truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.clips import RealClip
from hemiscan.eyes.crops import crop_eyes
from hemiscan.synthetic import Degradation
from hemiscan.synthetic.fields import Family
from hemiscan.synthetic.replay import Replay, replay_frames
from hemiscan.synthetic.spasm import Pattern, Spasm, compute_activation
from hemiscan.synthetic.warp import contract
from hemiscan.tracking import FaceTrack, create_engine, track_face
from hemiscan.video import ClipInfo, Frame, FrameSource, VideoFile

ENGINE = "litert"

WIDE_CROP = (48, 72)
"""Rows and columns of the kept crops: room to shift and turn them in training."""

_PATTERNS: dict[Pattern, float] = {"whole": 0.45, "eye": 0.2, "eye_cheek": 0.2, "lower_first": 0.15}

FAIR_WEBCAM = Degradation(noise=2.0, jpeg_quality=85)

_TWITCH_SHARE = 0.5

_OUTER_EYE_CORNERS = (33, 263)
_EYES = ((33, 133), (362, 263))
"""Outer and inner corner of the subject's right and left eye, by mediapipe's numbers."""


@dataclass(frozen=True)
class Rendering:
    """What is drawn onto a clip, and how the picture is then taken.

    Attributes
    ----------
    spasms : tuple of Spasm
        The contractions.
    family : {"mesh", "spline", "pulls"}
        How the skin moves.
    seed : int
        Of twitches, tremor and noise.
    region_gains : tuple of float
        Factors on the pull of brow, eye, cheek, mouth and chin: no two patients' spasms
        spread alike.
    camera : Degradation
        Light, noise and compression; its ``scale`` is set by ``eye_distance_px``.
    eye_distance_px : float
        Median distance of the outer eye corners in the picture. Frames are scaled down to
        it, never up; infinite keeps the clip's own size.
    frame_rate_hz : float or None
        Rate of the frames; None keeps the clip's own. At a higher rate the clip's frames
        repeat while the spasm goes on.
    glasses : bool
        Whether dark-rimmed glasses with a reflection are drawn over the eyes.
    """

    spasms: tuple[Spasm, ...]
    family: Family
    seed: int
    region_gains: tuple[float, ...] = (1.0,) * 5
    camera: Degradation = FAIR_WEBCAM
    eye_distance_px: float = np.inf
    frame_rate_hz: float | None = None
    glasses: bool = False


def draw_varied(
    rng: np.random.Generator, duration_s: float, *, family: Family, seed: int, brief: bool = False
) -> Rendering:
    """Draw what the networks learn from: weak to strong spasms, studio to poor webcam.

    Half of the spasms are single twitches where they are to be ``brief``.
    """
    return Rendering(
        spasms=draw_spasms(
            rng,
            duration_s,
            amplitudes=(0.2, 1.0),
            shortest_s=0.1,
            twitch_share=_TWITCH_SHARE if brief else 0.0,
        ),
        family=family,
        seed=seed,
        region_gains=tuple(rng.uniform(0.55, 1.25, size=5)),
        camera=draw_camera(rng),
        eye_distance_px=draw_eye_distance_px(rng),
        glasses=bool(rng.random() < 0.1),
    )


def draw_camera(rng: np.random.Generator) -> Degradation:
    """Draw a camera, from studio to poor webcam."""
    return Degradation(
        blur_px=float(rng.choice([0.0, rng.uniform(0.3, 1.2)])),
        brightness=float(rng.uniform(0.45, 1.15)),
        noise=float(rng.choice([0.0, rng.uniform(1, 8)])),
        jpeg_quality=int(rng.choice([100, rng.integers(35, 95)])),
    )


def draw_eye_distance_px(rng: np.random.Generator) -> float:
    """Draw a size of the face; see `Rendering`."""
    return float(np.exp(rng.uniform(np.log(45), np.log(170))))


def draw_fair(
    rng: np.random.Generator, duration_s: float, *, family: Family, seed: int
) -> Rendering:
    """Draw what the figures are from: clear spasms, a fair webcam, the clip's own size."""
    spasms = draw_spasms(rng, duration_s, amplitudes=(0.5, 0.95), shortest_s=0.2)
    return Rendering(spasms=spasms, family=family, seed=seed)


def draw_spasms(
    rng: np.random.Generator,
    duration_s: float,
    *,
    amplitudes: tuple[float, float],
    shortest_s: float,
    twitch_share: float = 0.0,
) -> tuple[Spasm, ...]:
    """Draw the spasms of one patient: mostly one side, clonic and tonic, weak and strong.

    ``twitch_share`` of them are single brief twitches, mostly of the lid alone.
    """
    home = rng.choice(["left", "right"])
    spasms = []
    start_s = float(rng.uniform(0.3, 2.5))
    while True:
        side = str(home if rng.random() < 0.85 else _other(home))
        if rng.random() < twitch_share:
            spasm = _draw_twitch(rng, start_s, side, amplitudes)
        else:
            spasm = _draw_spasm(rng, start_s, side, amplitudes, shortest_s)
        if spasm.end_s > duration_s - 0.3:
            return tuple(spasms)
        spasms.append(spasm)
        start_s = spasm.end_s + 0.8 + float(rng.exponential(2.0 if twitch_share == 0 else 1.0))


def _other(side: str) -> str:
    return "right" if side == "left" else "left"


def _draw_spasm(
    rng: np.random.Generator,
    start_s: float,
    side: str,
    amplitudes: tuple[float, float],
    shortest_s: float,
) -> Spasm:
    kind = "tonic" if rng.random() < 0.35 else "clonic"
    longest_s = 10.0 if kind == "tonic" else 4.5
    from_s = 1.0 if kind == "tonic" else shortest_s
    duration_s = float(np.exp(rng.uniform(np.log(from_s), np.log(longest_s))))
    ramps_s = (0.05, 0.25) if kind == "tonic" else (0.04, 0.12)
    return Spasm(
        start_s=start_s,
        duration_s=duration_s,
        side="left" if side == "left" else "right",
        kind="tonic" if kind == "tonic" else "clonic",
        amplitude=float(rng.uniform(*amplitudes)),
        pattern=list(_PATTERNS)[rng.choice(len(_PATTERNS), p=list(_PATTERNS.values()))],
        brow_rise=bool(rng.random() < 0.3),
        rate_hz=float(rng.uniform(1.5, 6.0)),
        duty=float(rng.uniform(0.35, 0.8)),
        ramp_s=float(rng.uniform(*ramps_s)),
        burst=float(rng.uniform(0.3, 0.8)) if rng.random() < 0.3 else 0.0,
    )


def _draw_twitch(
    rng: np.random.Generator, start_s: float, side: str, amplitudes: tuple[float, float]
) -> Spasm:
    """Draw one twitch of 60 to 250 ms."""
    duration_s = float(np.exp(rng.uniform(np.log(0.06), np.log(0.25))))
    patterns: tuple[Pattern, ...] = ("eye", "eye_cheek", "whole")
    return Spasm(
        start_s=start_s,
        duration_s=duration_s,
        side="left" if side == "left" else "right",
        kind="clonic",
        amplitude=float(rng.uniform(*amplitudes)),
        pattern=patterns[rng.choice(3, p=(0.65, 0.2, 0.15))],
        rate_hz=1.0 / duration_s,
        duty=1.0,
        ramp_s=float(rng.uniform(0.2, 0.4)) * duration_s,
    )


class RenderedSource(FrameSource):
    """A clip with contractions drawn onto the face.

    Parameters
    ----------
    clip : RealClip
        What is played.
    track : FaceTrack
        Its face, frame by frame; the contractions follow it. The clip is played as far as
        the track goes.
    rendering : Rendering
        What is drawn.
    """

    def __init__(self, clip: RealClip, track: FaceTrack, rendering: Rendering) -> None:
        self._source = VideoFile(clip.path)
        self._landmarks = track.landmarks
        self._rendering = rendering
        self._shown = _shown_frames(track.time_s, rendering.frame_rate_hz)
        self._camera = replace(
            rendering.camera, scale=_scale(track.landmarks, rendering.eye_distance_px)
        )
        width, height = self._camera.scaled_size(*track.frame_size)
        self.name = track.source.name
        self.info: ClipInfo = replace(track.source, width=width, height=height)
        self.warnings: list[str] = []
        self._frames = self._render()

    def open(self) -> ClipInfo:
        """Open the clip."""
        self._source.open()
        return self.info

    def close(self) -> None:
        """Close the clip."""
        self._source.close()

    def __next__(self) -> Frame:
        """Return the next rendered frame."""
        return next(self._frames)

    def _render(self) -> Iterator[Frame]:
        times, rows = self._shown
        activation = compute_activation(
            self._rendering.spasms, times, seed=self._rendering.seed
        ) * np.array(self._rendering.region_gains, dtype=np.float32)
        activation = activation.clip(-1, 1)
        rng = np.random.default_rng([self._rendering.seed, 2])
        first_of_next = np.searchsorted(rows, np.arange(1, len(self._landmarks) + 1))
        index = 0
        # A track may end before its clip does.
        for frame, landmarks, stop in zip(
            self._source, self._landmarks, first_of_next, strict=False
        ):
            for row in range(index, stop):
                image = contract(
                    frame.image, landmarks, activation[row], family=self._rendering.family
                )
                if self._rendering.glasses:
                    image = _put_on_glasses(image, landmarks)
                picture = np.ascontiguousarray(self._camera.apply(image, rng))
                yield Frame(row, float(times[row]), picture)
            index = max(index, stop)


class ReplayedSource(FrameSource):
    """The frames of a clip that change when its real blinks and smiles are made one-sided.

    Parameters
    ----------
    clip : RealClip
        What is played.
    track : FaceTrack
        Its face, frame by frame.
    replays : sequence of Replay
        From `find_replays`.
    """

    def __init__(self, clip: RealClip, track: FaceTrack, replays: Sequence[Replay]) -> None:
        self._source = VideoFile(clip.path)
        self._track, self._replays = track, replays
        self.name = track.source.name
        self.info: ClipInfo = track.source
        self.warnings: list[str] = []
        self._frames = self._replay()

    def open(self) -> ClipInfo:
        """Open the clip."""
        self._source.open()
        return self.info

    def close(self) -> None:
        """Close the clip."""
        self._source.close()

    def __next__(self) -> Frame:
        """Return the next changed frame."""
        return next(self._frames)

    def _replay(self) -> Iterator[Frame]:
        changed = changed_rows(self._replays)
        if not len(changed):
            return
        frames = zip(self._source, self._track.landmarks[: changed[-1] + 1], strict=False)
        rows = set(changed.tolist())
        replayed = replay_frames(frames, self._track.time_s, self._replays)
        yield from (frame for row, frame in enumerate(replayed) if row in rows)


def changed_rows(replays: Sequence[Replay]) -> NDArray[np.intp]:
    """Return the frames that replays change."""
    rows = [np.arange(replay.reference + 1, replay.stop) for replay in replays]
    return np.concatenate([np.empty(0, np.intp), *rows])


def render_track(
    clip: RealClip, track: FaceTrack, rendering: Rendering
) -> tuple[FaceTrack, NDArray[np.uint8]]:
    """Render spasms onto a clip and track the face anew.

    Parameters
    ----------
    clip, track : RealClip, FaceTrack
        The clip and its face as it is.
    rendering : Rendering
        What is drawn.

    Returns
    -------
    track : FaceTrack
        Of the rendered clip; at the clip's times, unless the rendering has a frame rate.
    crops : ndarray of uint8, shape (n_frames, 2, 48, 72)
        Both eyes in every frame, see `track_with_crops`.
    """
    with RenderedSource(clip, track, rendering) as source:
        return track_with_crops(source)


def track_with_crops(source: FrameSource) -> tuple[FaceTrack, NDArray[np.uint8]]:
    """Track the face of a source, and keep crops of its eyes with a margin; 0 without a face."""
    crops: list[NDArray[np.uint8]] = []

    def keep(frame: Frame, landmarks: NDArray[np.float32] | None) -> None:
        missing = np.zeros((2, *WIDE_CROP), np.uint8)
        crops.append(
            missing if landmarks is None else crop_eyes(frame.image, landmarks, shape=WIDE_CROP)
        )

    with create_engine(ENGINE) as engine:
        track = track_face(source, engine, workers=1, on_frame=keep)
    return track, np.stack(crops)


def _shown_frames(
    time_s: NDArray[np.float64], frame_rate_hz: float | None
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the times of the rendered frames, and which frame of the clip each one shows."""
    if frame_rate_hz is None:
        return time_s, np.arange(len(time_s))
    times = np.arange(0, time_s[-1] + 1e-9, 1 / frame_rate_hz)
    return times, np.searchsorted(time_s, times + 1e-9, side="right") - 1


def _scale(landmarks: NDArray[np.float32], eye_distance_px: float) -> float:
    """Return how far to shrink the frames so that the face has the size asked for."""
    first, second = _OUTER_EYE_CORNERS
    distances = np.linalg.norm(landmarks[:, first] - landmarks[:, second], axis=1)
    if not np.isfinite(distances).any():
        return 1.0
    return float(min(1.0, eye_distance_px / np.nanmedian(distances)))


def _put_on_glasses(image: NDArray[np.uint8], landmarks: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Draw dark-rimmed glasses, which sit on the nose and do not move with the skin."""
    if not np.isfinite(landmarks[0, 0]):
        return image
    worn, glare = image.copy(), image.copy()
    points = landmarks[:, :2]
    across = points[_EYES[1][1]] - points[_EYES[0][0]]
    length = float(np.linalg.norm(across))
    angle = float(np.degrees(np.arctan2(across[1], across[0])))
    thickness = max(2, round(0.028 * length))
    for outer, inner in _EYES:
        middle = (points[outer] + points[inner]) / 2
        centre = (round(float(middle[0])), round(float(middle[1])))
        axes = (round(0.26 * length), round(0.19 * length))
        spot = (centre[0] - axes[0] // 3, centre[1] - axes[1] // 3)
        cv2.ellipse(glare, spot, (axes[0] // 3, axes[1] // 5), angle - 25, 0, 360, (240,) * 3, -1)
        cv2.ellipse(worn, centre, axes, angle, 0, 360, (35, 30, 30), thickness, cv2.LINE_AA)
    bridge = [points[_EYES[side][1]] for side in (0, 1)]
    ends = [tuple(int(v) for v in end) for end in bridge]
    cv2.line(worn, ends[0], ends[1], (35, 30, 30), thickness, cv2.LINE_AA)
    covered = (glare != image).any(axis=2, keepdims=True)
    mixed = np.where(covered, 0.55 * worn + 0.45 * glare, worn)
    return mixed.astype(np.uint8)
