"""A photograph that moves: one portrait, brought to life frame by frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from hemiscan.asymmetry.series import REGIONS
from hemiscan.synthetic import _anatomy as anatomy
from hemiscan.synthetic._grid import Box, enlarge, pixel_grid, sample
from hemiscan.synthetic._spline_field import thin_plate_spline
from hemiscan.synthetic.warp import contract, contract_landmarks
from hemiscan.video.frames import Frame

_CELLS_PER_UNIT = 12
_PIVOT_DEPTH = 0.9
"""Distance behind the face of the point the head turns about, in units."""

# The jaw fully open in talking: left landmark -> (out, up) in units.
_JAW = {
    13: (0.0, 0.004),
    0: (0.0, 0.003),
    14: (0.0, -0.045),
    17: (0.0, -0.050),
    314: (0.0, -0.049),
    405: (-0.002, -0.045),
    321: (-0.005, -0.036),
    375: (-0.008, -0.022),
    291: (-0.011, -0.008),
    409: (-0.008, 0.0),
    270: (-0.004, 0.002),
    199: (0.0, -0.050),
    262: (0.0, -0.047),
    152: (0.0, -0.048),
    400: (0.0, -0.045),
    379: (0.0, -0.034),
    365: (0.0, -0.016),
    273: (-0.008, -0.020),
    424: (-0.004, -0.026),
    432: (-0.006, -0.006),
    288: (0.0, 0.0),
    425: (0.0, 0.0),
    280: (0.0, 0.0),
    358: (0.0, 0.0),
    2: (0.0, 0.0),
    263: (0.0, 0.0),
    168: (0.0, 0.0),
}


def animate_portrait(
    image: NDArray[np.uint8],
    landmarks: NDArray[np.floating],
    curves: MotionCurves,
    time_s: NDArray[np.float64],
) -> Iterator[tuple[Frame, NDArray[np.float64]]]:
    """Move a portrait.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width, 3)
        RGB portrait.
    landmarks : ndarray, shape (478, 3)
        Its face, in pixels.
    curves : MotionCurves
        The movement, one row a frame.
    time_s : ndarray, shape (n_frames,)
        Time of each frame in seconds.

    Yields
    ------
    Frame, ndarray of float64, shape (478, 3)
        Each picture, and where its landmarks are.
    """
    head = _Head(image, np.asarray(landmarks, dtype=np.float64))
    for index, time in enumerate(time_s):
        activation = curves.activation[index]
        face = contract(image, landmarks, activation, family="spline")
        points = contract_landmarks(landmarks, activation, family="spline")
        picture, points = head.pose(
            face, points, curves.pose_deg[index], curves.drift[index], float(curves.jaw[index])
        )
        yield Frame(index, float(time), picture), points


class _Head:
    """Turns, shifts and opens the mouth of the head in one portrait."""

    def __init__(self, image: NDArray[np.uint8], landmarks: NDArray[np.float64]) -> None:
        height, width = image.shape[:2]
        self._frame = anatomy.compute_face_frame(landmarks)
        self._box = Box(0, 0, width, height)
        self._step = max(2, round(self._frame.unit_px / _CELLS_PER_UNIT))
        self._cells = pixel_grid(self._box, step=self._step)
        self._pixels = pixel_grid(self._box).astype(np.float32)
        outline = landmarks[list(anatomy.FACE_OVAL)]
        self._centre = outline[:, :2].mean(axis=0)
        self._depth = _spread_depth(landmarks, self._cells)
        back = outline[:, 2].mean() + _PIVOT_DEPTH * self._frame.unit_px
        self._pivot = np.append(self._centre, back)
        self._weight = self._belonging(self._cells)

    def pose(
        self,
        image: NDArray[np.uint8],
        landmarks: NDArray[np.float64],
        pose_deg: NDArray[np.float64],
        drift: NDArray[np.float64],
        jaw: float,
    ) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
        """Return the picture and the landmarks with the head so turned and the jaw so open."""
        turn = _rotation(pose_deg)
        shift_px = drift * self._frame.unit_px
        cells = np.concatenate([self._cells, self._depth[..., None]], axis=-1)
        push = self._weight[..., None] * self._push(cells, turn, shift_px)[..., :2]
        source = self._pixels + self._backwards(push)
        points = landmarks
        if jaw > 0:
            points = landmarks.copy()
            pins, opened = self._jaw_pins(landmarks, jaw)
            source += sample(self._jaw_offset(pins, opened), source)
            mesh = points[: anatomy.N_MESH, :2]
            mesh += thin_plate_spline(pins, opened, mesh, self._frame.unit_px)
        weight = self._belonging(points[:, :2])[:, None]
        moved = points + weight * self._push(points, turn, shift_px)
        return sample(image, source, interpolation="cubic"), moved

    def _push(
        self, points: NDArray[np.float64], turn: NDArray[np.float64], shift_px: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return how far a rigid head carries points, shape (..., 3), in pixels."""
        away = points - self._pivot
        return np.asarray(away @ turn.T - away + [*shift_px, 0.0])

    def _belonging(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return 1 on the head, fading to 0 on shoulders, background and the picture's edges."""
        unit_px = self._frame.unit_px
        away = (points - self._centre) / unit_px + [0.0, 0.15]
        distance = np.hypot(away[..., 0] / 1.15, away[..., 1] / 1.35)
        on_head = _smooth_step((2.0 - distance) / 1.0)
        edges = np.array([self._box.right, self._box.bottom]) - 1
        from_edge = np.minimum(points, edges - points).min(axis=-1)
        return on_head * _smooth_step(from_edge / (0.35 * unit_px))

    def _backwards(self, push: NDArray[np.float64]) -> NDArray[np.float32]:
        """Turn where each cell's content goes into where each pixel's content comes from."""
        pushed = push.astype(np.float32)
        rows, columns = np.indices(pushed.shape[:2], dtype=np.float32)
        place = np.stack([columns, rows], axis=-1)
        offset = -pushed
        for _ in range(3):
            offset = -sample(pushed, place + offset / np.float32(self._step))
        return enlarge(offset, self._box, step=self._step, interpolation="cubic")

    def _jaw_pins(
        self, landmarks: NDArray[np.float64], jaw: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        left = np.array(list(_JAW))
        pulls = np.array(list(_JAW.values()))
        mirrored = anatomy.mirror_index()[left]
        twin = mirrored != left
        pins = landmarks[np.concatenate([left, mirrored[twin]]), :2]
        shift = np.concatenate([pulls, pulls[twin] * [-1, 1]]) @ self._frame.axes
        ring = anatomy.outer_ring(landmarks[: anatomy.N_MESH, :2])[::2]
        return np.concatenate([pins, ring]), np.concatenate([jaw * shift, np.zeros_like(ring)])

    def _jaw_offset(
        self, pins: NDArray[np.float64], shift: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        cells = self._cells.reshape(-1, 2)
        offset = thin_plate_spline(pins + shift, -shift, cells, self._frame.unit_px)
        offset = offset.reshape(self._cells.shape) * self._around_face()[..., None]
        return enlarge(offset, self._box, step=self._step, interpolation="cubic")

    def _around_face(self) -> NDArray[np.float64]:
        away = (self._cells - self._centre) / self._frame.unit_px
        return _smooth_step((1.6 - np.hypot(away[..., 0] / 0.9, away[..., 1] / 1.1)) / 0.5)


def _spread_depth(
    landmarks: NDArray[np.float64], cells: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the depth of what each cell shows: the face, and hair as deep as its outline."""
    from scipy.interpolate import RBFInterpolator

    mesh = landmarks[: anatomy.N_MESH]
    outline = mesh[list(anatomy.FACE_OVAL)]
    centre = outline[:, :2].mean(axis=0)
    around = centre + 1.5 * (outline[:, :2] - centre)
    places = np.concatenate([mesh[:, :2], around])
    depths = np.concatenate([mesh[:, 2], np.full(len(around), outline[:, 2].mean())])
    spread = RBFInterpolator(places, depths, kernel="linear", smoothing=0.5)
    depth = spread(cells.reshape(-1, 2)).reshape(cells.shape[:2])
    return np.asarray(np.clip(depth, mesh[:, 2].min(), mesh[:, 2].max()))


def _rotation(pose_deg: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the rotation, in the picture's axes, of a head turned by yaw, pitch and roll."""
    yaw, pitch, roll = pose_deg
    turned = Rotation.from_euler("yxz", [-yaw, -pitch, roll], degrees=True)
    return np.asarray(turned.as_matrix())


def _smooth_step(x: NDArray[np.float64]) -> NDArray[np.float64]:
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3 - 2 * x)


_MIN_BLINK_GAP_S = 1.0
_CLOSING_SHARE = 0.36
"""Share of a blink's time that its closing takes; opening is the slower part."""

# Share of a smile that reaches brow, eye, cheek, mouth and chin.
_SMILE_GAINS = np.array([0.0, 0.15, 0.45, 0.55, 0.0])


@dataclass(frozen=True)
class Motion:
    """What a face does besides spasms.

    Attributes
    ----------
    blinks_per_min : float
        Mean rate of blinks of both eyes, which last 0.15 to 0.35 s.
    smiles : tuple of (float, float)
        Start and duration in seconds of smiles of both sides.
    talks : tuple of (float, float)
        Start and duration in seconds of talking.
    turning_deg : float
        How far the head turns at most to either side; it nods and tilts less.

    Raises
    ------
    ValueError
        If a value is negative or a span has no length.
    """

    blinks_per_min: float = 16.0
    smiles: tuple[tuple[float, float], ...] = ()
    talks: tuple[tuple[float, float], ...] = ()
    turning_deg: float = 2.0

    def __post_init__(self) -> None:
        for name in ("blinks_per_min", "turning_deg"):
            if not 0 <= getattr(self, name) <= 60:
                raise ValueError(f"{name} must lie in 0..60, not {getattr(self, name)!r}")
        for name in ("smiles", "talks"):
            for start_s, duration_s in getattr(self, name):
                if not (start_s >= 0 and duration_s > 0):
                    raise ValueError(
                        f"{name} must start at 0 s or later and last, not {start_s, duration_s}"
                    )


@dataclass(frozen=True)
class MotionCurves:
    """A face's healthy movement, frame by frame.

    Attributes
    ----------
    activation : ndarray, shape (n_frames, 2, 5)
        Contraction of both sides, as from `compute_activation`.
    jaw : ndarray, shape (n_frames,)
        How far the jaw is open, 0..1 of what talking takes.
    pose_deg : ndarray, shape (n_frames, 3)
        Yaw, pitch and roll, with the signs of `FaceTrack.pose_deg`.
    drift : ndarray, shape (n_frames, 2)
        Shift of the head to the right and down in the picture, in distances between the
        outer eye corners.
    """

    activation: NDArray[np.float64]
    jaw: NDArray[np.float64]
    pose_deg: NDArray[np.float64]
    drift: NDArray[np.float64]


def compute_motion(motion: Motion, time_s: NDArray[np.float64], *, seed: int = 0) -> MotionCurves:
    """Compute healthy movement at given times; any sampling of the same seed agrees."""
    blinks, smiles, talks, head = np.random.default_rng([seed, 1]).spawn(4)
    activation = np.zeros((len(time_s), 2, len(REGIONS)))
    for start_s, duration_s in motion.smiles:
        sides = smiles.uniform(0.93, 1.0, size=2)
        curve = _plateau(time_s, start_s, duration_s, rise_s=0.4, fall_s=0.6)
        activation += curve[:, None, None] * sides[:, None] * _SMILE_GAINS
    eye = REGIONS.index("eye")
    closure = _blinks(motion.blinks_per_min, time_s, blinks)
    activation[:, :, eye] = 1 - (1 - activation[:, :, eye]) * (1 - closure)
    jaw = np.zeros(len(time_s))
    for start_s, duration_s in motion.talks:
        envelope = _plateau(time_s, start_s, duration_s, rise_s=0.2, fall_s=0.2)
        jaw += envelope * _syllables(time_s, talks)
    turning = motion.turning_deg * np.array([1.0, 0.5, 0.6])
    pose_deg = turning * np.stack([_wander(time_s, head) for _ in range(3)], axis=1)
    sway = 0.008 * motion.turning_deg
    drift = sway * np.stack([_wander(time_s, head) for _ in range(2)], axis=1)
    return MotionCurves(activation, jaw, pose_deg, drift)


def _plateau(
    time_s: NDArray[np.float64], start_s: float, duration_s: float, *, rise_s: float, fall_s: float
) -> NDArray[np.float64]:
    rise = _ease((time_s - start_s) / min(rise_s, duration_s / 2))
    return rise * _ease((start_s + duration_s - time_s) / min(fall_s, duration_s / 2))


def _ease(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return 0.5 - 0.5 * np.cos(np.pi * np.clip(x, 0.0, 1.0))


def _blinks(
    rate_per_min: float, time_s: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the closure of both eyes, shape (n_frames, 2)."""
    closure = np.zeros((len(time_s), 2))
    if rate_per_min == 0 or len(time_s) == 0:
        return closure
    mean_gap_s = 60 / rate_per_min
    start_s = rng.uniform(0.2, 0.8) * mean_gap_s
    while start_s < time_s[-1]:
        duration_s = rng.uniform(0.18, 0.32)
        lag_s = rng.uniform(-0.005, 0.005)
        depth = rng.uniform(0.8, 1.0)
        for side in (0, 1):
            since = (time_s - start_s - side * lag_s) / duration_s
            closing = _ease(since / _CLOSING_SHARE)
            opening = _ease((1 - since) / (1 - _CLOSING_SHARE))
            one = depth * rng.uniform(0.96, 1.0) * np.minimum(closing, opening)
            closure[:, side] = np.maximum(closure[:, side], one)
        gap_s = rng.gamma(6.0, (mean_gap_s - _MIN_BLINK_GAP_S) / 6.0) if mean_gap_s > 2 else 0.0
        start_s += max(duration_s, _MIN_BLINK_GAP_S + gap_s)
    return closure


def _syllables(time_s: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return an opening and closing of the jaw at three to five syllables a second, 0..1."""
    rates_hz = rng.uniform([2.8, 4.2, 0.7], [3.6, 5.2, 1.3])
    phases = rng.uniform(0, 2 * np.pi, size=3)
    fast, faster, slow = np.sin(2 * np.pi * rates_hz * time_s[:, None] + phases).T
    return np.asarray(np.clip(0.42 + 0.3 * fast + 0.18 * faster + 0.2 * slow, 0.0, 1.0))


def _wander(time_s: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return an aimless slow movement within -1..1."""
    rates_hz = rng.uniform([0.05, 0.12, 0.25, 0.5], [0.1, 0.22, 0.45, 0.8])
    sizes = np.array([0.5, 0.28, 0.16, 0.06])
    phases = rng.uniform(0, 2 * np.pi, size=4)
    wander: NDArray[np.float64] = (
        sizes * np.sin(2 * np.pi * rates_hz * time_s[:, None] + phases)
    ).sum(axis=1)
    return wander
