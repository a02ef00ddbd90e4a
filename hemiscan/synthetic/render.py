"""From a portrait or a clip to a clip with known spasms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hemiscan.episodes.events import Side
from hemiscan.errors import OutputError, VideoError
from hemiscan.synthetic.degrade import Degradation
from hemiscan.synthetic.fields import FAMILIES, Family
from hemiscan.synthetic.portrait import Motion, animate_portrait, compute_motion
from hemiscan.synthetic.replay import find_replays, replay_frames
from hemiscan.synthetic.spasm import (
    Spasm,
    TruthEpisode,
    compute_activation,
    compute_truth,
    save_truth,
    truth_path,
)
from hemiscan.synthetic.warp import contract
from hemiscan.tracking._runtime import quiet_stderr
from hemiscan.tracking.track import FaceTrack
from hemiscan.video.frames import Frame

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
"""Files that are portraits; everything else is read as a clip."""

Progress = Callable[[int, int], None]
"""Called with the frames done and the frames expected."""


def synthesize(
    source: str | Path,
    spasms: Sequence[Spasm],
    *,
    output: str | Path,
    family: Family = "mesh",
    seed: int = 0,
    motion: Motion | None = None,
    duration_s: float = 10.0,
    frame_rate_hz: float = 30.0,
    width: int | None = None,
    degradation: Degradation | None = None,
    track: FaceTrack | None = None,
    model: str | Path | None = None,
    on_progress: Progress | None = None,
) -> tuple[TruthEpisode, ...]:
    """Render spasms onto a portrait or onto the moving face of a clip.

    Writes the clip and, beside it, its truth as ``<clip>.truth.csv``. The same arguments
    give the same pictures, before the encoder, and the same truth.

    Parameters
    ----------
    source : str or Path
        A portrait (see `PICTURE_SUFFIXES`), which is brought to life, or a clip, whose
        own movement goes on underneath.
    spasms : sequence of Spasm
        May be empty.
    output : str or Path
        The MP4 file to write.
    family : {"mesh", "spline", "pulls"}
        How the skin moves.
    seed : int
        Seed of everything that is irregular.
    motion : Motion, optional
        Portraits only: what the face does besides spasms; blinks and a gently moving
        head if not given.
    duration_s, frame_rate_hz : float
        Portraits only: length and rate of the clip.
    width : int, optional
        Portraits only: width of the picture in pixels; that of the portrait if not given.
    degradation : Degradation, optional
        What a poor camera makes of it; nothing if not given.
    track : FaceTrack, optional
        Clips only: the clip's track, if it is known already.
    model : str or Path, optional
        Landmark model in place of the packaged one.
    on_progress : callable, optional
        Called with the frames done and expected; a clip that is tracked first counts
        every frame twice.

    Returns
    -------
    tuple of TruthEpisode
        What the clip shows.

    Raises
    ------
    ValueError
        If an argument is out of range, a spasm lies beyond the end of the clip, or two of one
        side overlap, which would be one spasm with a truth of two.
    VideoError
        If the source cannot be read or shows no face.
    OutputError
        If the clip or its truth cannot be written.
    """
    if family not in FAMILIES:
        raise ValueError(f"family must be one of {', '.join(FAMILIES)}, not {family!r}")
    degradation = degradation or Degradation()
    _check_output(Path(output), Path(source))
    _check_apart(spasms)
    if Path(source).suffix.lower() in PICTURE_SUFFIXES:
        scene = _portrait_scene(
            source, motion or Motion(), duration_s, frame_rate_hz, width, seed, model
        )
    else:
        scene = _clip_scene(source, track, model, on_progress)
    for spasm in spasms:
        _check_inside(spasm, scene.duration_s)
    activation = compute_activation(spasms, scene.time_s, seed=seed)
    frames = draw_spasms(
        scene.frames, activation, family=family, degradation=degradation, seed=seed
    )
    truth = compute_truth(spasms, seed=seed)
    size = degradation.scaled_size(*scene.size)
    _write(frames, truth, Path(output), size, scene, on_progress)
    return truth


def synthesize_replay(
    source: str | Path,
    *,
    output: str | Path,
    side: Side | None = None,
    seed: int = 0,
    degradation: Degradation | None = None,
    track: FaceTrack | None = None,
    model: str | Path | None = None,
    on_progress: Progress | None = None,
) -> tuple[TruthEpisode, ...]:
    """Make the blinks and smiles of a clip one-sided, by holding one half of the face.

    Writes the clip and, beside it, its truth, as `synthesize` does.

    Parameters
    ----------
    source : str or Path
        A clip of a healthy face.
    output : str or Path
        The MP4 file to write.
    side : {"left", "right"}, optional
        The subject's half that goes on; drawn for each movement if not given.
    seed : int
        Of the sides and the noise.
    degradation, track, model, on_progress : optional
        As for `synthesize`.

    Returns
    -------
    tuple of TruthEpisode
        What the clip shows; empty where the face makes no movement that can be held.

    Raises
    ------
    ValueError
        If the source is a portrait, which makes no movement.
    VideoError
        If the source cannot be read or shows no face.
    OutputError
        If the clip or its truth cannot be written.
    """
    if Path(source).suffix.lower() in PICTURE_SUFFIXES:
        raise ValueError(f"{source} is a portrait; only the movements of a clip can be replayed")
    degradation = degradation or Degradation()
    _check_output(Path(output), Path(source))
    n_done = 0
    if track is None:
        track = _track_clip(source, model, on_progress)
        n_done = track.n_frames
    scene = _clip_scene(source, track, model, on_progress)
    replays = find_replays(track, side=side, seed=seed)
    rng = np.random.default_rng([seed, 2])
    frames = (
        Frame(frame.index, frame.time_s, degradation.apply(frame.image, rng))
        for frame in replay_frames(scene.frames, track.time_s, replays)
    )
    truth = tuple(replay.truth() for replay in replays)
    size = degradation.scaled_size(*scene.size)
    _write(frames, truth, Path(output), size, replace(scene, n_done=n_done), on_progress)
    return truth


def draw_spasms(
    frames: Iterable[tuple[Frame, NDArray[np.floating]]],
    activation: NDArray[np.floating],
    *,
    family: Family = "mesh",
    degradation: Degradation | None = None,
    seed: int = 0,
) -> Iterator[Frame]:
    """Draw spasms onto frames as they come by.

    Parameters
    ----------
    frames : iterable of (Frame, ndarray of shape (478, 3))
        Pictures and their landmarks in pixels; NaN where there is no face, such a
        picture stays as it is.
    activation : ndarray, shape (n_frames, 2, 5)
        From `compute_activation`, a row for each frame.
    family : {"mesh", "spline", "pulls"}
        How the skin moves.
    degradation : Degradation, optional
        Applied to every picture, after drawing.
    seed : int
        Seed of the noise.

    Yields
    ------
    Frame
        New pictures at the same times.
    """
    degradation = degradation or Degradation()
    rng = np.random.default_rng([seed, 2])
    for (frame, landmarks), contraction in zip(frames, activation, strict=False):
        image = contract(frame.image, landmarks, contraction, family=family)
        yield Frame(frame.index, frame.time_s, degradation.apply(image, rng))


def load_portrait(path: str | Path, *, width: int | None = None) -> NDArray[np.uint8]:
    """Load a photograph as an upright RGB picture, scaled to a width in pixels if given.

    Raises
    ------
    VideoError
        If the file is missing or is not a picture.
    """
    import cv2

    if width is not None and width < 32:
        raise ValueError(f"width must be at least 32 pixels, not {width!r}")
    try:
        packed = np.frombuffer(Path(path).read_bytes(), dtype=np.uint8)
    except OSError as error:
        raise VideoError(f"cannot open {path}: {error.strerror}") from error
    picture = None
    # OpenCV raises for sizes that cannot be, and prints what it thinks of damaged files.
    with suppress(cv2.error), quiet_stderr():
        picture = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    if picture is None:
        raise VideoError(
            f"cannot read {path}: it is not a picture, or damaged; give a PNG or JPEG file"
        )
    portrait = np.ascontiguousarray(picture[..., ::-1], dtype=np.uint8)
    if width is None:
        return portrait
    size = (width, round(portrait.shape[0] * width / portrait.shape[1]))
    way = cv2.INTER_AREA if width < portrait.shape[1] else cv2.INTER_LANCZOS4
    return np.asarray(cv2.resize(portrait, size, interpolation=way), dtype=np.uint8)


def find_landmarks(
    image: NDArray[np.uint8], *, name: str, model: str | Path | None = None
) -> NDArray[np.float32]:
    """Find the landmarks of the largest face in a picture, shape (478, 3), in pixels.

    Raises
    ------
    VideoError
        If there is no face; the message calls the picture ``name``.
    """
    from hemiscan.tracking import create_engine

    with create_engine(model=model) as engine:
        faces = engine.detect(Frame(0, 0.0, image)).landmarks
    if not len(faces):
        raise VideoError(f"no face found in {name}; give a portrait that shows one from the front")
    return np.asarray(faces[np.argmax(np.ptp(faces[:, :, 0], axis=1))])


def _frame_times(duration_s: float, frame_rate_hz: float) -> NDArray[np.float64]:
    for name, value in (("duration_s", duration_s), ("frame_rate_hz", frame_rate_hz)):
        if not (np.isfinite(value) and value > 0):
            raise ValueError(f"{name} must be above 0, not {value!r}")
    return np.arange(max(1, round(duration_s * frame_rate_hz))) / frame_rate_hz


@dataclass(frozen=True)
class _Scene:
    """A face before any spasm: pictures with landmarks, their times, width and height.

    ``n_done`` frames of work went into it, as far as progress is concerned.
    """

    frames: Iterator[tuple[Frame, NDArray[np.floating]]]
    time_s: NDArray[np.float64]
    duration_s: float
    size: tuple[int, int]
    n_done: int = 0


def _portrait_scene(
    source: str | Path,
    motion: Motion,
    duration_s: float,
    frame_rate_hz: float,
    width: int | None,
    seed: int,
    model: str | Path | None,
) -> _Scene:
    time_s = _frame_times(duration_s, frame_rate_hz)
    image = load_portrait(source, width=width)
    landmarks = find_landmarks(image, name=str(source), model=model)
    curves = compute_motion(motion, time_s, seed=seed)
    frames = animate_portrait(image, landmarks, curves, time_s)
    return _Scene(frames, time_s, duration_s, (image.shape[1], image.shape[0]))


def _clip_scene(
    source: str | Path,
    track: FaceTrack | None,
    model: str | Path | None,
    on_progress: Progress | None,
) -> _Scene:
    n_done = 0
    if track is None:
        track = _track_clip(source, model, on_progress)
        n_done = track.n_frames
    if not track.has_face.any():
        raise VideoError(f"no face found in {source}; spasms need a face to be drawn on")
    time_s = track.time_s
    step_s = float(np.median(np.diff(time_s))) if len(time_s) > 1 else 0.0
    frames = _clip_frames(source, track)
    return _Scene(frames, time_s, time_s[-1] + step_s, track.frame_size, n_done)


def _track_clip(
    source: str | Path, model: str | Path | None, on_progress: Progress | None
) -> FaceTrack:
    from hemiscan.tracking import create_engine, track_face
    from hemiscan.video import open_clip

    with open_clip(source) as clip, create_engine(model=model) as engine:
        return track_face(clip, engine, on_progress=_doubled(on_progress))


def _doubled(on_progress: Progress | None) -> Progress | None:
    """Tell of the first of two passes over a clip's frames."""
    if on_progress is None:
        return None
    return lambda done, expected: on_progress(done, 2 * expected)


def _clip_frames(
    source: str | Path, track: FaceTrack
) -> Iterator[tuple[Frame, NDArray[np.floating]]]:
    from hemiscan.video import open_clip

    with open_clip(source) as clip:
        yield from zip(clip, track.landmarks, strict=False)


def _check_output(output: Path, source: Path) -> None:
    """Find out before any work is done that the clip cannot be written."""
    if not output.parent.is_dir():
        raise OutputError(f"cannot write {output}: its folder does not exist; make it first")
    if output.exists() and source.exists() and output.samefile(source):
        raise ValueError(f"output must not be the source {source}")


def _check_apart(spasms: Sequence[Spasm]) -> None:
    for earlier, later in combinations(sorted(spasms, key=lambda spasm: spasm.start_s), 2):
        if earlier.side == later.side and later.start_s < earlier.end_s:
            raise ValueError(
                f"the episodes at {earlier.start_s:g} s and {later.start_s:g} s, both on the "
                f"{earlier.side} side, overlap"
            )


def _check_inside(spasm: Spasm, duration_s: float) -> None:
    if spasm.end_s > duration_s + 1e-6:
        raise ValueError(
            f"the episode at {spasm.start_s:g} s ends at {spasm.end_s:g} s, "
            f"after the end of the clip at {duration_s:.2f} s"
        )


def _write(
    frames: Iterator[Frame],
    truth: Sequence[TruthEpisode],
    output: Path,
    size: tuple[int, int],
    scene: _Scene,
    on_progress: Progress | None,
) -> None:
    from hemiscan.video import ClipWriter

    with ClipWriter(output, width=size[0], height=size[1]) as writer:
        for done, frame in enumerate(frames, start=scene.n_done + 1):
            writer.write(frame.image, frame.time_s)
            if on_progress is not None:
                on_progress(done, scene.n_done + len(scene.time_s))
        save_truth(truth, truth_path(output))
