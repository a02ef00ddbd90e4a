"""The whole way, from a clip to its analysis and its files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypedDict

import numpy as np

from hemiscan._folder import OutputFolder
from hemiscan._intervals import Interval
from hemiscan._options import make_config, video_options_given
from hemiscan.analysis import Analysis
from hemiscan.asymmetry import compute_asymmetry, compute_measures
from hemiscan.asymmetry.rest import WINDOW_S, Rest, estimate_rest
from hemiscan.body import analyze_body
from hemiscan.clinical import (
    compute_observation_time,
    find_bilateral_movements,
    mark_origins,
    summarize,
)
from hemiscan.episodes import (
    DetectorConfig,
    DetectorName,
    Sensitivity,
    detect_bilateral_closures,
    detect_blinks,
    detect_episodes,
    exclude_lags,
    exclude_spasms,
    make_detector,
)
from hemiscan.episodes.grid import part_of_grid
from hemiscan.errors import TrackFileError, VideoError
from hemiscan.recording import Recording
from hemiscan.results import PlotFormat, check_folder, holds_results
from hemiscan.tasks import TaskSegment, check_segments, cut_segments, load_segments
from hemiscan.tasks import find_tasks as find_commanded
from hemiscan.tracking import (
    DEFAULT_ENGINE,
    BodyTracker,
    EngineName,
    FaceTrack,
    OnFrame,
    create_engine,
    is_track_file,
    load_track,
    track_face,
)
from hemiscan.video import Frame, compute_sha256, open_clip

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Unpack

CONTEXT_S = WINDOW_S / 2
"""Of a part of a clip so much on either side is tracked too, to know the face at rest."""

ENOUGH_S = 10.0
"""A part with less than this in all, itself included, is analysed with a warning."""

OnProgress: TypeAlias = Callable[[int, int], None]
"""Called with the number of frames done and the number expected, 0 where unknown."""

_PART_ALONE = (
    "the saved track holds a part of its clip, so the face at rest is taken from that part alone; "
    "analysing the clip itself also looks around the part"
)


class AnalyzeOptions(TypedDict, total=False):
    """The options of `analyze`."""

    start_s: float | None
    end_s: float | None
    mirrored: bool
    face: int
    engine: EngineName
    model: str | Path | None
    workers: int | None
    detector: DetectorName | None
    sensitivity: Sensitivity | None
    config: DetectorConfig | None
    reference: str | Path | None
    recording: Recording | None
    segments: Sequence[TaskSegment] | str | Path
    find_tasks: bool
    body: bool
    hands: bool
    stills: bool
    on_progress: OnProgress | None
    on_frame: OnFrame | None


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
    detector: DetectorName | None = None,
    sensitivity: Sensitivity | None = None,
    config: DetectorConfig | None = None,
    reference: str | Path | None = None,
    recording: Recording | None = None,
    segments: Sequence[TaskSegment] | str | Path = (),
    find_tasks: bool = False,
    body: bool = False,
    hands: bool = False,
    stills: bool = True,
    on_progress: OnProgress | None = None,
    on_frame: OnFrame | None = None,
) -> Analysis:
    """Analyse a clip: track the face, measure both halves, find blinks and episodes.

    Parameters
    ----------
    clip : str or Path
        A video of any kind that FFmpeg reads, or a track saved by `save_track` (``.npz``).
        For a track the options up to ``workers`` are meaningless and must not be given.
    start_s, end_s : float, optional
        Analyse only the half-open part ``[start_s, end_s)``, in seconds from the clip's
        first frame. Times in the result count from the clip's first frame all the same. Up
        to 20 s on either side are tracked as well, so that a part of a clip is measured from
        the same face at rest as the whole; an episode that crosses an edge is cut there.
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
    detector : {"learned", "causal", "rules"}, optional
        What finds the episodes, see `DetectorConfig`; the learned one by default.
    sensitivity : {"low", "normal", "high"}, optional
        How much evidence a learned detector wants; normal by default.
    config : DetectorConfig, optional
        All settings of the detector, in place of the two above.
    reference : str or Path, optional
        Another clip, saved track or folder of results with a ``track.npz`` that shows this
        person's face at rest, as of another visit. Movement is then measured from the rest
        found there, so that a contraction which never lets go can be told from a face that is
        uneven by nature. Camera and distance should be alike.
    recording : Recording, optional
        Whose recording it is, for summary, report and saved track; nothing that is measured
        depends on it. Of a saved track it replaces what is given here and keeps the rest.
    segments : sequence of TaskSegment, str or Path, optional
        What the subject was asked to do and when, or a table of it, see `load_segments`.
    find_tasks : bool, optional
        Find movements that look as if made on command, where no segments are given.
    body : bool, optional
        Track the body too, and find out how the limbs of each half move. A saved track that
        holds a body is analysed with it in any case.
    hands : bool, optional
        With the body also the fingers.
    stills : bool, optional
        Keep the face before, at the peak and after each episode for the report.
    on_progress : callable, optional
        Called after each frame with the number of frames done and the number expected
        (0 where unknown).
    on_frame : callable, optional
        Called with each `Frame`, in order, and the subject's landmarks in it, shape (478, 3)
        in pixels, or None where the subject is not in view. Not called for a saved track,
        which has no frames.

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
    TaskFileError
        If the table of segments cannot be read.
    OutputError
        If the landmarks of a long clip do not fit into the folder for temporary files.
    ModelError
        If the landmark model is missing, unreadable or not one the engine can load.

    Examples
    --------
    >>> analysis = analyze("clip.mp4")  # doctest: +SKIP
    >>> analysis.episodes_table  # doctest: +SKIP
    """
    clip = Path(clip)
    told = load_segments(segments) if isinstance(segments, (str, Path)) else tuple(segments)
    if config is None:
        config = make_config(detector, sensitivity)
    elif detector is not None or sensitivity is not None:
        raise ValueError("detector and sensitivity must not be given beside config")
    if is_track_file(clip):
        given = video_options_given(
            start_s=start_s,
            end_s=end_s,
            mirrored=mirrored,
            face=face,
            engine=engine,
            model=model,
            workers=workers,
        )
        if given:
            raise ValueError(
                f"{', '.join(given)} must not be given with a saved track: the video was read "
                "when it was made; give the clip itself"
            )
        rest = None if reference is None else load_rest(reference)
        track = load_track(clip)
        _require_body(clip, track, body=body, hands=hands)
        if track.n_frames and track.frame_index[0] > 0 and rest is None:
            track = replace(track, warnings=tuple(dict.fromkeys([*track.warnings, _PART_ALONE])))
        analysis = analyze_track(
            track, config, rest=rest, recording=recording, segments=told, find_tasks=find_tasks
        )
        return replace(analysis, source_path=clip)
    from hemiscan.overlay.thumbnails import FaceThumbnails

    part = Interval(start_s or 0.0, np.inf if end_s is None else end_s)
    with FaceThumbnails() as thumbnails:
        with (
            open_clip(
                clip, start_s=start_s, end_s=end_s, context_s=CONTEXT_S, mirrored=mirrored
            ) as source,
            create_engine(engine, model=model) as landmark_engine,
            BodyTracker(hands=hands) if body or hands else nullcontext() as body_tracker,
        ):
            track = track_face(
                source,
                landmark_engine,
                face=face,
                mirrored=mirrored,
                workers=workers,
                body=body_tracker,
                on_progress=on_progress,
                on_frame=_call_within(part, [thumbnails.add, on_frame] if stills else [on_frame]),
            )
        _require_part(clip, track, part)
        warnings = (*thumbnails.warnings, *_warn_of_little_context(track, part))
        if warnings:
            track = replace(track, warnings=(*track.warnings, *warnings))
        rest = None
        if reference is not None:
            rest = load_rest(reference, mirrored=mirrored, engine=engine, model=model)
        analysis = analyze_track(
            track,
            config,
            part=part,
            rest=rest,
            recording=recording,
            segments=told,
            find_tasks=find_tasks,
        )
        return replace(analysis, stills=thumbnails.stills(analysis), source_path=clip)


def load_rest(
    reference: str | Path,
    *,
    mirrored: bool = False,
    engine: EngineName = DEFAULT_ENGINE,
    model: str | Path | None = None,
) -> Rest:
    """Find out what a person's face is like at rest from another recording.

    Parameters
    ----------
    reference : str or Path
        A clip, a saved track, or a folder of results with a ``track.npz``.
    mirrored, engine, model : optional
        Of a clip, see `analyze`.

    Returns
    -------
    Rest
        The median over the recording's relaxed moments.

    Raises
    ------
    HemiscanError
        If it cannot be read, or shows no face.
    """
    path = Path(reference)
    if path.is_dir():
        path /= "track.npz"
        if not path.exists():
            raise TrackFileError(
                f"{reference}: no track.npz to take the face at rest from; analyse that clip with "
                "--save-track, or give the clip itself"
            )
    if is_track_file(path):
        track = load_track(path)
    else:
        with (
            open_clip(path, mirrored=mirrored) as source,
            create_engine(engine, model=model) as landmark_engine,
        ):
            track = track_face(source, landmark_engine, mirrored=mirrored)
    rest = estimate_rest(compute_measures(track)).median()
    if not np.isfinite(rest.left).all():
        raise TrackFileError(f"{path}: shows no face whose rest could be taken; give another clip")
    return rest


def analyze_track(
    track: FaceTrack,
    config: DetectorConfig | None = None,
    *,
    part: Interval | None = None,
    rest: Rest | None = None,
    recording: Recording | None = None,
    segments: Sequence[TaskSegment] = (),
    find_tasks: bool = False,
) -> Analysis:
    """Analyse a tracked face: everything after the tracking.

    Parameters
    ----------
    track : FaceTrack
        From `load_track`, from an `Analysis` or from a tracker of your own.
    config : DetectorConfig, optional
        Settings of the detector; the default ones if not given.
    part : Interval, optional
        Report only this part of the track; what is around it tells what the face is like at
        rest, and which episodes reach into the part.
    rest : Rest, optional
        The face at rest, as `load_rest` takes it from another recording; by default the
        track's own.
    recording : Recording, optional
        Whose recording it is, where the track does not tell or tells otherwise.
    segments : sequence of TaskSegment, optional
        What the subject was asked to do and when, in seconds from the clip's first frame.
    find_tasks : bool, optional
        Find movements that look as if made on command, where no segments are given.

    Returns
    -------
    Analysis
        The same for the same track and settings.

    Raises
    ------
    ValueError
        If the track has no landmarks, as one of a result that was read back without them, or
        segments overlap.
    """
    if not track.has_landmarks:
        raise ValueError("track must have landmarks; this one was read back without them")
    if recording is not None:
        track = replace(track, recording=track.recording.updated(recording))
    config = config or DetectorConfig()
    measures = compute_measures(track)
    rest = make_detector(config).estimate_rest(measures) if rest is None else rest
    series = compute_asymmetry(measures, rest)
    blinks = detect_blinks(series, config)
    detection = detect_episodes(measures, rest, series, blinks, config, part=part)
    blinks = exclude_spasms(blinks, detection.episodes, series)
    score, features = detection.score, detection.features
    if part is not None:
        rows = part.rows(track.time_s)
        if features is not None and rows.start < rows.stop:
            features = features.select(part_of_grid(track.time_s, rows))
        track, series, score = track.select(rows), series.select(rows), score[rows]
        blinks = tuple(blink for blink in blinks if part.start_s <= blink.start_s < part.end_s)
    closures = detect_bilateral_closures(series, min_quality=config.min_quality)
    told = cut_segments(check_segments(segments), _span_of(track))
    if find_tasks and not told:
        told = find_commanded(series, closures, min_quality=config.min_quality)
    spasms = exclude_lags(detection.episodes, closures)
    movements = find_bilateral_movements(
        series,
        blinks,
        closures,
        compute_observation_time(track, series, config),
        min_quality=config.min_quality,
    )
    episodes = mark_origins(spasms, movements, told)
    body = None
    if track.body is not None:
        body = analyze_body(track.body, episodes=episodes, segments=told)
    summary = summarize(
        track,
        series,
        blinks,
        episodes,
        config,
        closures=closures,
        segments=told,
        movements=movements,
        body=None if body is None else body.measures,
    )
    return Analysis(
        track=track,
        series=series,
        blinks=blinks,
        episodes=episodes,
        closures=closures,
        segments=told,
        score=score,
        summary=summary,
        config=config,
        features=features,
        body=body,
    )


def _span_of(track: FaceTrack) -> Interval:
    if not track.n_frames:
        return Interval(0.0, 0.0)
    return Interval(float(track.time_s[0]), float(np.nextafter(track.time_s[-1], np.inf)))


def analyze_into(
    clip: str | Path,
    directory: str | Path,
    *,
    plot_formats: Iterable[PlotFormat] = ("png",),
    annotate: bool = False,
    save_track: bool = False,
    deidentify: bool = False,
    overwrite: bool = False,
    on_annotate: OnProgress | None = None,
    on_warning: Callable[[str], None] | None = None,
    **options: Unpack[AnalyzeOptions],
) -> tuple[Analysis, list[Path]]:
    """Analyse a clip and save the results, as ``hemiscan analyze`` does.

    Unlike `analyze` and `Analysis.save` one after the other, it refuses a folder that must
    not be written to before the long work, and keeps it for itself meanwhile.

    Parameters
    ----------
    clip : str or Path
        See `analyze`.
    directory : str or Path
        See `Analysis.save`, as for the other options up to ``overwrite``.
    plot_formats, annotate, save_track, overwrite : optional
        See `Analysis.save`.
    deidentify : bool, optional
        Save `Analysis.deidentified` in place of the analysis. The folder is then known by what
        was tracked, not by the clip.
    on_annotate : callable, optional
        As ``on_progress``, while the annotated clip is written.
    on_warning : callable, optional
        See `Analysis.save`.
    **options
        See `analyze`.

    Returns
    -------
    analysis : Analysis
    files : list of Path
        The files written.

    Raises
    ------
    ValueError, HemiscanError
        See `analyze` and `Analysis.save`; the folder is then as it was before.
    """
    clip = Path(clip)
    with OutputFolder(directory) as folder:
        if not deidentify and not is_track_file(clip) and holds_results(directory):
            check_folder(directory, compute_sha256(clip), overwrite=overwrite)
        wants_stills = options.get("stills", True)
        if deidentify:  # its stills are drawn, not kept while tracking
            options["stills"] = False
        analysis = analyze(clip, **options)
        if deidentify:
            analysis = analysis.deidentified(stills=wants_stills)
        files = analysis.save(
            folder,
            plot_formats=plot_formats,
            annotate=annotate,
            save_track=save_track,
            overwrite=overwrite,
            on_progress=on_annotate,
            on_warning=on_warning,
        )
    return analysis, files


def _call_within(part: Interval, callbacks: list[OnFrame | None]) -> OnFrame:
    """Return a callback that passes on the frames of a part, to several others."""

    def call(frame: Frame, landmarks: NDArray[np.float32] | None) -> None:
        if part.start_s <= frame.time_s < part.end_s:
            for callback in callbacks:
                if callback is not None:
                    callback(frame, landmarks)

    return call


def _require_body(path: Path, track: FaceTrack, *, body: bool, hands: bool) -> None:
    """Raise if a saved track lacks what was asked for."""
    if hands and (track.body is None or track.body.hands is None):
        raise TrackFileError(
            f"{path}: holds no hands; analyse the clip itself with --hands and --save-track"
        )
    if body and track.body is None:
        raise TrackFileError(
            f"{path}: holds no body; analyse the clip itself with --body and --save-track"
        )


def _require_part(clip: Path, track: FaceTrack, part: Interval) -> None:
    """Raise if only the context of the part has frames."""
    rows = part.rows(track.time_s)
    if rows.start < rows.stop:
        return
    if part.start_s > track.time_s[-1]:
        raise VideoError(
            f"{clip}: the last frame is at {track.time_s[-1]:.2f} s, before the start of the part "
            f"at {part.start_s:g} s; choose an earlier start"
        )
    raise VideoError(
        f"{clip}: no frame between {part.start_s:g} s and {part.end_s:g} s; choose a longer part"
    )


def _warn_of_little_context(track: FaceTrack, part: Interval) -> list[str]:
    """Return a warning where a part has too little around it to tell what is rest."""
    span_s = float(np.ptp(track.time_s))
    whole = part.start_s <= track.time_s[0] and part.end_s > track.time_s[-1]
    if whole or span_s >= ENOUGH_S:
        return []
    return [
        f"the part and what is around it last only {span_s:.1f} s; a contraction that fills most "
        "of them may be taken for the face at rest"
    ]
