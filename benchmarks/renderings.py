"""Spasms rendered onto real moving faces, and tracked again: data with a known truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import TracebackType

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.clips import RealClip
from hemiscan.synthetic.fields import Family
from hemiscan.synthetic.spasm import Pattern, Spasm, compute_activation
from hemiscan.synthetic.warp import contract
from hemiscan.tracking import FaceTrack, create_engine, track_face
from hemiscan.video import ClipInfo, Frame, open_clip

_PATTERNS: dict[Pattern, float] = {"whole": 0.45, "eye": 0.2, "eye_cheek": 0.2, "lower_first": 0.15}


@dataclass(frozen=True)
class Look:
    """How a rendered picture is taken: size, light, noise and compression.

    Attributes
    ----------
    eye_distance_px : float
        Size of the face; frames are scaled down to it, never up. Infinite keeps the size.
    gain, gamma : float
        Light: the picture is ``255 * gain * (value / 255) ** gamma``.
    noise : float
        Standard deviation of sensor noise, in grey levels of 255.
    jpeg_quality : int
        1 to 100; 100 leaves the picture uncompressed.
    """

    eye_distance_px: float = np.inf
    gain: float = 1.0
    gamma: float = 1.0
    noise: float = 0.0
    jpeg_quality: int = 100


def draw_look(rng: np.random.Generator) -> Look:
    """Draw a way of taking the picture, from studio to poor webcam."""
    return Look(
        eye_distance_px=float(np.exp(rng.uniform(np.log(45), np.log(170)))),
        gain=float(rng.uniform(0.5, 1.1)),
        gamma=float(np.exp(rng.uniform(-0.35, 0.35))),
        noise=float(rng.choice([0.0, rng.uniform(1, 8)])),
        jpeg_quality=int(rng.choice([100, rng.integers(35, 95)])),
    )


STANDARD_LOOK = Look(noise=2.0, jpeg_quality=85)
"""A fair webcam at the clip's own size."""


def draw_spasms(
    rng: np.random.Generator,
    duration_s: float,
    *,
    amplitudes: tuple[float, float] = (0.2, 1.0),
    shortest_s: float = 0.1,
) -> list[Spasm]:
    """Draw the spasms of one patient: mostly one side, clonic and tonic, weak and strong."""
    home = rng.choice(["left", "right"])
    spasms = []
    start_s = float(rng.uniform(0.3, 2.5))
    while True:
        side = str(home if rng.random() < 0.85 else _other(home))
        spasm = _draw_spasm(rng, start_s, side, amplitudes, shortest_s)
        if spasm.end_s > duration_s - 0.3:
            return spasms
        spasms.append(spasm)
        start_s = spasm.end_s + 0.8 + float(rng.exponential(2.0))


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
    longest_s = 7.0 if kind == "tonic" else 4.5
    from_s = 1.0 if kind == "tonic" else shortest_s
    duration_s = float(np.exp(rng.uniform(np.log(from_s), np.log(longest_s))))
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
        ramp_s=float(rng.uniform(0.05, 0.25))
        if kind == "tonic"
        else float(rng.uniform(0.04, 0.12)),
        burst=float(rng.uniform(0.3, 0.8)) if rng.random() < 0.3 else 0.0,
    )


class RenderedSource:
    """A clip with contractions drawn onto the face; itself a frame source.

    Parameters
    ----------
    clip : RealClip
        What is played.
    track : FaceTrack
        Its face, frame by frame; the contractions follow it.
    activation : ndarray, shape (n_frames, 2, n_regions)
        From `compute_activation` at the track's times.
    family : {"mesh", "spline", "pulls"}
        How the skin moves.
    look : Look
        How the picture is taken.
    seed : int
        Seed of the sensor noise.
    """

    def __init__(
        self,
        clip: RealClip,
        track: FaceTrack,
        activation: NDArray[np.float32],
        *,
        family: Family,
        look: Look,
        seed: int = 0,
    ) -> None:
        self._source = open_clip(clip.path)
        self._track = track
        self._activation = activation
        self._family = family
        self._look = look
        self._rng = np.random.default_rng(seed)
        self._scale = _scale(track, look.eye_distance_px)
        width, height = (max(2, round(side * self._scale)) for side in track.frame_size)
        self.info: ClipInfo = replace(track.source, width=width, height=height)
        self.warnings: list[str] = []

    def __enter__(self) -> RenderedSource:
        """Return the open source."""
        self._source.__enter__()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the clip."""
        self._source.__exit__(exc_type, exc, traceback)

    def __iter__(self) -> Iterator[Frame]:
        """Yield the rendered frames."""
        for frame, landmarks, activation in zip(
            self._source, self._track.landmarks, self._activation, strict=True
        ):
            image = frame.image
            if self._scale < 1:
                size = (self.info.width, self.info.height)
                image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
            image = contract(image, landmarks * self._scale, activation, family=self._family)
            yield replace(frame, image=np.ascontiguousarray(self._take(image)))

    def _take(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Apply light, noise and compression."""
        look = self._look
        if (look.gain, look.gamma) != (1.0, 1.0):
            levels = 255 * look.gain * (np.arange(256) / 255) ** look.gamma
            image = np.clip(levels, 0, 255).astype(np.uint8)[image]
        if look.noise:
            noise = self._rng.standard_normal(image.shape, dtype=np.float32) * look.noise
            image = np.clip(image + noise, 0, 255).astype(np.uint8)
        if look.jpeg_quality < 100:
            # Channel order does not matter to a round trip, but for the chroma weights.
            options = [cv2.IMWRITE_JPEG_QUALITY, look.jpeg_quality]
            _, encoded = cv2.imencode(".jpg", image[..., ::-1], options)
            image = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)[..., ::-1]
        return image


def _scale(track: FaceTrack, eye_distance_px: float) -> float:
    """Return how far to shrink the frames so that the face has the size asked for."""
    corners = track.landmarks[:, 33] - track.landmarks[:, 263]
    if not track.has_face.any():
        return 1.0
    present = float(np.nanmedian(np.linalg.norm(corners, axis=1)))
    return min(1.0, eye_distance_px / present)


def render_track(
    clip: RealClip,
    track: FaceTrack,
    spasms: list[Spasm],
    *,
    family: Family,
    look: Look,
    seed: int = 0,
    engine: str = "mediapipe",
) -> FaceTrack:
    """Render spasms onto a clip and track the face anew.

    Parameters
    ----------
    clip, track : RealClip, FaceTrack
        The clip and its face as it is.
    spasms : list of Spasm
        What to draw.
    family, look, seed
        See `RenderedSource`.
    engine : str
        The landmark engine.

    Returns
    -------
    FaceTrack
        Of the rendered clip; same times.
    """
    activation = compute_activation(spasms, track.time_s, seed=seed)
    source = RenderedSource(clip, track, activation, family=family, look=look, seed=seed)
    with source, create_engine(engine) as tracker:
        return track_face(source, tracker)
