"""How long the analysis of clips takes here, and the room it needs on the disk."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from hemiscan._cpus import count_cpus
from hemiscan.bench.runs import PLAIN_LOOP, Run, first_part, run_analyze, run_plain_loop
from hemiscan.tracking import N_LANDMARKS
from hemiscan.video import open_clip

_SHORTER = 0.25
"""A second, shorter run tells what each clip costs from what each frame costs."""

_BUSY_LOAD = 0.3
"""Load for each CPU, from which on others take a noticeable part of the machine."""

_FULL_CLOCK = 0.9
"""Clock rate that is worth a warning below, of the highest one."""

_CLOCKS = Path("/sys/devices/system/cpu/cpufreq")
"""Where Linux tells the clock rates."""

_LANDMARK_BYTES = 4 * 3 * N_LANDMARKS
_THUMBNAIL_BYTES, _THUMBNAILS_HZ = 20_000, 31.0
"""What a frame needs in the folder for temporary files, while it is analysed."""


@dataclass(frozen=True)
class KindOfClip:
    """Clips of one size and codec, and what was measured on the longest of them.

    Attributes
    ----------
    width, height : int
    codec : str
    n_clips, n_frames : int
        All clips of this kind, and all their frames.
    measured_frames, measured_s : int, float
        Frames of the run below, and how long they play, in seconds.
    run : Run
        ``hemiscan analyze``.
    plain_loop : Run
        A plain mediapipe loop over the same frames.
    clip_s, frame_s : float
        Seconds that the analysis takes for each clip and for each frame.
    """

    width: int
    height: int
    codec: str
    n_clips: int
    n_frames: int
    measured_frames: int
    measured_s: float
    run: Run
    plain_loop: Run
    clip_s: float
    frame_s: float

    @property
    def duration_s(self) -> float:
        """How long all clips of this kind take, in seconds."""
        return self.n_clips * self.clip_s + self.n_frames * self.frame_s


@dataclass(frozen=True)
class Estimate:
    """How long the analysis of some clips takes, and the room it needs.

    Attributes
    ----------
    n_clips : int
    clips_s : float
        How long they play, in seconds.
    duration_s : float
        How long they take, one after the other, in seconds.
    result_bytes : float
        Size of all results.
    temporary_bytes : float
        Largest room needed at a time in the folder for temporary files.
    kinds : tuple of KindOfClip
        Those with most frames first.
    cpus : int
        CPUs that this process may use.
    load : float
        Processes that wanted to run just before the measurement, on average over a minute;
        NaN where the system does not tell.
    clock_share : float
        Highest clock rate that the CPUs were allowed, of the one they are made for; below 1 where
        power is saved or the machine too warm, NaN where the system does not tell.
    """

    n_clips: int
    clips_s: float
    duration_s: float
    result_bytes: float
    temporary_bytes: float
    kinds: tuple[KindOfClip, ...]
    cpus: int
    load: float
    clock_share: float = math.nan

    @property
    def is_slowed(self) -> bool:
        """Whether the CPUs ran slower than they can."""
        return self.clock_share < _FULL_CLOCK

    @property
    def is_busy(self) -> bool:
        """Whether others used the machine, so that the figures are worth little."""
        return self.load > _BUSY_LOAD * self.cpus


class _Clip(NamedTuple):
    path: Path
    width: int
    height: int
    codec: str
    n_frames: int
    length_s: float


def estimate_duration(
    clips: Sequence[str | Path],
    *,
    seconds: float = 60.0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Estimate:
    """Measure the analysis of a part of the clips, and estimate that of all.

    Parameters
    ----------
    clips : sequence of str or Path
        Videos.
    seconds : float, optional
        How much to measure of the longest clip of every size and codec.
    on_progress : callable, optional
        Called after each measurement with the number done and the number of all.

    Returns
    -------
    Estimate
        Nothing is kept of the clips' content.

    Raises
    ------
    ValueError
        If there is no clip, or ``seconds`` is not positive.
    HemiscanError
        If a clip cannot be read or a run fails.
    """
    if not clips:
        raise ValueError("clips must name at least one video")
    if not seconds > 0:
        raise ValueError(f"seconds must be positive, not {seconds!r}")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else math.nan
    groups: dict[tuple[int, int, str], list[_Clip]] = {}
    for path in clips:
        clip = _look_up(Path(path))
        groups.setdefault((clip.width, clip.height, clip.codec), []).append(clip)
    kinds: list[KindOfClip] = []
    result_bytes = 0.0
    for group in groups.values():
        kind, size = _measure(group, seconds)
        kinds.append(kind)
        result_bytes += size
        if on_progress is not None:
            on_progress(len(kinds), len(groups))
    every = [clip for group in groups.values() for clip in group]
    return Estimate(
        n_clips=len(every),
        clips_s=sum(clip.length_s for clip in every),
        duration_s=sum(kind.duration_s for kind in kinds),
        result_bytes=result_bytes,
        temporary_bytes=max(_temporary_bytes(clip) for clip in every),
        kinds=tuple(sorted(kinds, key=lambda kind: -kind.n_frames)),
        cpus=count_cpus(),
        load=load,
        clock_share=_clock_share(),
    )


def estimate_text(estimate: Estimate) -> str:
    """Return an estimate in words: first what the clips take, then what was measured."""
    noun, verb = ("clip", "takes") if estimate.n_clips == 1 else ("clips", "take")
    lines = [
        f"{estimate.n_clips} {noun} of {_in_words(estimate.clips_s)} {verb} about "
        f"{_in_words(estimate.duration_s)} on this machine ({estimate.cpus} CPUs).",
        f"The results need about {_size_in_words(estimate.result_bytes)}; meanwhile up to "
        f"{_size_in_words(estimate.temporary_bytes)} are needed in the folder for temporary "
        "files.",
        "",
        "| clips | frames/s | x real time | x plain loop | CPU ms/frame | peak MB |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    for kind in estimate.kinds:
        run, n_frames = kind.run, kind.measured_frames
        lines.append(
            f"| {kind.n_clips} of {kind.width}x{kind.height}, {kind.codec} "
            f"| {n_frames / run.wall_s:.0f} | {kind.measured_s / run.wall_s:.1f} "
            f"| {kind.plain_loop.wall_s / run.wall_s:.2f} "
            f"| {1e3 * run.cpu_s / n_frames:.1f} | {run.peak_mb:.0f} |"
        )
    measured_s = max(kind.measured_s for kind in estimate.kinds)
    lines += [
        "",
        f"Measured on the first {_in_words(measured_s)} of the longest clip of each kind, "
        f"loading and files included, beside a {PLAIN_LOOP}.",
    ]
    return "\n".join(lines)


def _clock_share() -> float:
    """Return the lowest of the CPUs' limits over the rate they are made for."""
    try:
        return min(
            int((policy / "scaling_max_freq").read_text())
            / int((policy / "cpuinfo_max_freq").read_text())
            for policy in _CLOCKS.glob("policy*")
        )
    except (OSError, ValueError, ZeroDivisionError):
        return math.nan


def _look_up(path: Path) -> _Clip:
    with open_clip(path) as source:
        info = source.info
        n_frames, rate_hz = info.n_frames_expected, info.frame_rate_hz
        length_s = n_frames / rate_hz if n_frames and rate_hz > 0 else 0.0
        if not length_s:  # the container states none
            for n_frames, frame in enumerate(source, 1):  # noqa: B007
                length_s = frame.time_s
    return _Clip(path, info.width, info.height, info.codec, n_frames, max(length_s, 0.04))


def _measure(clips: list[_Clip], seconds: float) -> tuple[KindOfClip, float]:
    """Return what clips of one kind cost, and the size of their results."""
    longest = max(clips, key=lambda clip: clip.length_s)
    measured_s = min(seconds, longest.length_s)
    n_long = max(1, round(longest.n_frames * measured_s / longest.length_s))
    n_short = max(1, round(_SHORTER * n_long))
    with first_part(longest.path, measured_s) as part:
        long = run_analyze(part, measured_s)
        plain_loop = run_plain_loop(part, measured_s)
    with first_part(longest.path, _SHORTER * measured_s) as part:
        short = run_analyze(part, _SHORTER * measured_s)
    n_frames = sum(clip.n_frames for clip in clips)

    def split(at_long: float, at_short: float) -> tuple[float, float]:
        """Return what a clip and what a frame add to a total."""
        for_frame = max(at_long - at_short, 0.0) / max(n_long - n_short, 1)
        return max(at_long - n_long * for_frame, 0.0), for_frame

    clip_s, frame_s = split(long.wall_s, short.wall_s)
    clip_bytes, frame_bytes = split(long.result_bytes, short.result_bytes)
    kind = KindOfClip(
        width=longest.width,
        height=longest.height,
        codec=longest.codec,
        n_clips=len(clips),
        n_frames=n_frames,
        measured_frames=n_long,
        measured_s=measured_s,
        run=long,
        plain_loop=plain_loop,
        clip_s=clip_s,
        frame_s=frame_s,
    )
    return kind, len(clips) * clip_bytes + n_frames * frame_bytes


def _temporary_bytes(clip: _Clip) -> float:
    n_thumbnails = min(clip.n_frames, _THUMBNAILS_HZ * clip.length_s)
    return clip.n_frames * _LANDMARK_BYTES + n_thumbnails * _THUMBNAIL_BYTES


def _in_words(seconds: float) -> str:
    if seconds < 90:
        return f"{max(seconds, 1):.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.{0 if seconds >= 600 else 1}f} minutes"
    return f"{seconds / 3600:.1f} hours"


def _size_in_words(n_bytes: float) -> str:
    if n_bytes < 1e9:
        return f"{max(n_bytes / 1e6, 1):.0f} MB"
    return f"{n_bytes / 1e9:.1f} GB"
