"""The whole way, from a clip to its analysis."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from hemiscan.analysis import Analysis
from hemiscan.asymmetry import compute_asymmetry, compute_measures
from hemiscan.clinical import summarize
from hemiscan.episodes import DetectorConfig, detect_blinks, detect_episodes, make_detector
from hemiscan.tracking import (
    DEFAULT_ENGINE,
    EngineName,
    FaceTrack,
    OnFrame,
    create_engine,
    load_track,
    track_face,
)
from hemiscan.video import open_clip

TRACK_SUFFIX = ".npz"
"""A file that ends so is a saved track, not a video."""


def analyze(
    clip: str | Path,
    *,
    start_s: float | None = None,
    end_s: float | None = None,
    mirrored: bool = False,
    face: int = 1,
    engine: EngineName = DEFAULT_ENGINE,
    model: str | Path | None = None,
    workers: int | None = None,
    config: DetectorConfig | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    on_frame: OnFrame | None = None,
) -> Analysis:
    """Analyse a clip: track the face, measure both halves, find blinks and episodes.

    Parameters
    ----------
    clip : str or Path
        A video of any kind that FFmpeg reads, or a track saved by `save_track` (``.npz``).
        For a track all options but ``config`` are meaningless and must not be given.
    start_s, end_s : float, optional
        Analyse only the half-open part ``[start_s, end_s)``, in seconds from the clip's
        first frame. Times in the result count from the clip's first frame all the same.
    mirrored : bool, optional
        The clip shows a mirror image, as selfie cameras make them. It is flipped back, so
        that left and right in the result are the subject's own.
    face : int, optional
        Whom to follow where several faces are in view: 1 for the largest at first, 2 for
        the second largest, and so on.
    engine : {"litert", "mediapipe"}, optional
        What runs the landmark networks; the landmarks are the same.
    model : str or Path, optional
        A landmark model in place of the packaged one; see `hemiscan.models.model_path`.
    workers : int, optional
        Frames that are looked at simultaneously; as many as there are CPUs for this process
        by default. It changes nothing in the result. mediapipe looks at one at a time.
    config : DetectorConfig, optional
        Thresholds of the detector; the default ones if not given.
    on_progress : callable, optional
        Called after each frame with the number of frames done and the number expected
        (0 where unknown).
    on_frame : callable, optional
        Called with each `Frame`, in order, and the subject's landmarks in it, shape (478, 3)
        in pixels, or None where the subject is not in view: for example `FaceThumbnails.add`. Not
        called for a saved track, which has no frames.

    Returns
    -------
    Analysis
        A clip without a face gives a valid result too: coverage 0 and a warning.

    Raises
    ------
    ValueError
        If an argument is out of its range, or only makes sense with a video but a track
        was given.
    VideoError
        If the clip cannot be opened or decoded, or has no frame in the part.
    TrackFileError
        If the saved track cannot be read.
    OutputError
        If the landmarks of a long clip do not fit into the folder for temporary files.
    ModelError
        If the landmark model is missing, unreadable or not one the engine can load.

    Examples
    --------
    >>> analysis = analyze("clip.mp4")  # doctest: +SKIP
    >>> [(e.start_s, e.side, e.kind) for e in analysis.episodes]  # doctest: +SKIP
    """
    clip = Path(clip)
    if is_track(clip):
        _refuse_video_options(
            start_s=start_s is not None,
            end_s=end_s is not None,
            mirrored=mirrored,
            face=face != 1,
            engine=engine != DEFAULT_ENGINE,
            model=model is not None,
            workers=workers is not None,
        )
        return analyze_track(load_track(clip), config)
    with (
        open_clip(clip, start_s=start_s, end_s=end_s, mirrored=mirrored) as source,
        create_engine(engine, model=model) as landmark_engine,
    ):
        track = track_face(
            source,
            landmark_engine,
            face=face,
            mirrored=mirrored,
            workers=workers,
            on_progress=on_progress,
            on_frame=on_frame,
        )
    return analyze_track(track, config)


def analyze_track(track: FaceTrack, config: DetectorConfig | None = None) -> Analysis:
    """Analyse a tracked face: everything after the tracking.

    Parameters
    ----------
    track : FaceTrack
        From `load_track`, from an `Analysis` or from a tracker of your own.
    config : DetectorConfig, optional
        Thresholds of the detector; the default ones if not given.

    Returns
    -------
    Analysis
        The same for the same track and thresholds.
    """
    config = config or DetectorConfig()
    measures = compute_measures(track)
    series = compute_asymmetry(measures, baselines=make_detector(config).make_baselines())
    blinks = detect_blinks(series, config)
    detection = detect_episodes(series, measures, blinks, config)
    summary = summarize(track, series, blinks, detection.episodes, config)
    return Analysis(
        track=track,
        series=series,
        blinks=blinks,
        episodes=detection.episodes,
        score=detection.score,
        summary=summary,
        config=config,
        features=detection.features,
    )


def is_track(clip: str | Path) -> bool:
    """Return whether a file is taken for a saved track, by its suffix."""
    return Path(clip).suffix.lower() == TRACK_SUFFIX


def _refuse_video_options(**given: bool) -> None:
    """Raise if an option was given that a saved track can no longer heed."""
    names = [name for name, is_given in given.items() if is_given]
    if names:
        raise ValueError(
            f"{', '.join(names)} must not be given with a saved track: the video was read "
            "when it was made; give the clip itself"
        )
