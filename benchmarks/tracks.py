"""The tracks that training and benchmark work on, made once and kept in a folder."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from benchmarks.clips import RealClip, load_clips
from benchmarks.renderings import (
    Rendering,
    ReplayedSource,
    changed_rows,
    draw_fair,
    draw_varied,
    render_track,
    track_with_crops,
)
from hemiscan._arrays import find_runs
from hemiscan.asymmetry import REGIONS
from hemiscan.episodes import DetectorConfig
from hemiscan.episodes.describe import HELD_LEVEL
from hemiscan.episodes.events import Kind
from hemiscan.synthetic.fields import FAMILIES, Family
from hemiscan.synthetic.replay import Replay, find_replays
from hemiscan.synthetic.spasm import Spasm, compute_activation, compute_visible_span
from hemiscan.tracking import FaceTrack, load_track, save_track
from hemiscan.video import open_clip

LONGEST_S = 40.0
"""Only the beginning of a longer clip is rendered onto."""

RUN_GAP_S = 0.6
"""Replayed closures of one side that follow more closely are one run."""

MIN_FACES = 20
"""Clips with fewer frames that show a face teach and test nothing."""

Draw = Callable[..., Rendering]


@dataclass(frozen=True)
class TrueSpan:
    """A spasm that was rendered, or a contraction that is real (closure 1).

    ``closure`` is the share of the lid's opening that it closes at its height, ``source``
    what it was made from.
    """

    start_s: float
    end_s: float
    side: str
    closure: float = 1.0
    kind: str | None = None
    source: Literal["rendered", "blink", "smile", "real"] = "rendered"


@dataclass(frozen=True)
class RenderedTrack:
    """The face of a clip with spasms rendered onto it, and the truth.

    ``kind`` and ``number`` are those of the round (see `draw_round`); a rendering outside
    the rounds has its own name as kind, and number 0. Replays of the clip's own movements
    have the kind ``replay`` and no rendering.
    """

    kind: str
    number: int
    clip: RealClip
    rendering: Rendering | None
    track: FaceTrack
    spans: tuple[TrueSpan, ...]


class TrackStore:
    """A folder of tracks.

    Parameters
    ----------
    folder : Path
        Made if missing. Everything in it can be made again.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def plain(self, clip: RealClip) -> FaceTrack:
        """Return the clip's face as it is."""
        path = self._folder / f"{clip.name}.npz"
        if not path.exists():
            with open_clip(clip.path) as source:
                self._keep(path, *track_with_crops(source))
        return load_track(path)

    def crops(self, name: str) -> NDArray[np.uint8]:
        """Return the crops of the eyes in every frame, see `track_with_crops`.

        ``name`` is that of a clip, or ``clip.kind0`` of its rendering.
        """
        crops: NDArray[np.uint8] = np.load(self._folder / f"{name}.eyes.npy", mmap_mode="r")
        return crops

    def replayed(self, clip: RealClip, number: int) -> RenderedTrack | None:
        """Return the clip with its blinks and smiles made one-sided; None where it has none.

        In number 1 each movement goes on at the other side than in number 0.
        """
        plain = self.plain(clip)
        replays = find_usable_replays(clip, plain, number)
        if not replays:
            return None
        path = self._folder / f"{clip.name}.replay{number}.npz"
        if not path.exists():
            with ReplayedSource(clip, plain, replays) as source:
                changed, eyes = track_with_crops(source)
            rows = changed_rows(replays)
            crops = self.crops(clip.name).copy()
            crops[rows] = eyes
            self._keep(path, splice(plain, rows, changed), crops)
        spans = _join_close([_replayed_span(replay) for replay in replays])
        return RenderedTrack("replay", number, clip, None, load_track(path), spans)

    def _keep(self, path: Path, track: FaceTrack, crops: NDArray[np.uint8]) -> None:
        np.save(path.with_name(f"{path.name.removesuffix('.npz')}.eyes.npy"), crops)
        save_track(track, path)

    def rendered(
        self,
        clip: RealClip,
        kind: str,
        rendering: Rendering,
        *,
        number: int = 0,
        seconds: float = np.inf,
    ) -> RenderedTrack:
        """Return the clip's beginning with a rendering drawn onto it, kept by kind and number."""
        path = self._folder / f"{clip.name}.{kind}{number}.npz"
        if not path.exists():
            plain = beginning(self.plain(clip), seconds)
            self._keep(path, *render_track(clip, plain, rendering))
        track = load_track(path)
        return RenderedTrack(kind, number, clip, rendering, track, true_spans(rendering))


def beginning(track: FaceTrack, seconds: float) -> FaceTrack:
    """Return the first seconds of a track."""
    return track.select(slice(0, int(np.searchsorted(track.time_s, seconds, side="right"))))


def find_usable_replays(clip: RealClip, track: FaceTrack, number: int) -> list[Replay]:
    """Return the replays of a clip, but for those near its real contractions."""
    seed = zlib.crc32(f"{clip.name}/replay".encode())
    busy = [(c.start_s, c.end_s) for c in clip.contractions] + list(clip.unclear)
    return [
        replay
        for replay in find_replays(track, seed=seed, swapped=number == 1)
        if not any(
            start_s < replay.end_s + 0.5 and end_s > replay.start_s - 0.5 for start_s, end_s in busy
        )
    ]


def _replayed_span(replay: Replay) -> TrueSpan:
    closure = replay.amplitude if replay.kind == "blink" else 0.0
    return TrueSpan(
        replay.start_s, replay.end_s, replay.side, closure, replay.truth().kind, replay.kind
    )


def _join_close(spans: Sequence[TrueSpan]) -> tuple[TrueSpan, ...]:
    """Join spans of one side and source that follow closely: they are one run."""
    joined: list[TrueSpan] = []
    for span in spans:
        before = joined[-1] if joined else None
        if (
            before is not None
            and span.start_s - before.end_s < RUN_GAP_S
            and (span.side, span.source) == (before.side, before.source)
        ):
            closure = max(before.closure, span.closure)
            joined[-1] = replace(before, end_s=span.end_s, closure=closure, kind=None)
        else:
            joined.append(span)
    return tuple(joined)


def splice(track: FaceTrack, rows: NDArray[np.intp], changed: FaceTrack) -> FaceTrack:
    """Return a track with some of its frames replaced by others of the same time."""
    arrays = {}
    for name in ("landmarks", "presence", "pose_deg", "lid_opening", "lid_uncertainty"):
        arrays[name] = getattr(track, name).copy()
        arrays[name][rows] = getattr(changed, name)
    return replace(track, **arrays)


def true_spans(rendering: Rendering) -> tuple[TrueSpan, ...]:
    """Return when each spasm of a rendering can be seen, and how far it closes the eye."""
    return tuple(_true_span(spasm, rendering) for spasm in rendering.spasms)


def _true_span(spasm: Spasm, rendering: Rendering) -> TrueSpan:
    start_s, end_s = compute_visible_span(spasm, seed=rendering.seed)
    times = np.arange(start_s, end_s, 0.005)
    activation = compute_activation([spasm], times, seed=rendering.seed)
    eye = REGIONS.index("eye")
    closure = activation[:, :, eye].max() * rendering.region_gains[eye]
    kind = _kind(times, np.abs(activation).max(axis=(1, 2)))
    return TrueSpan(start_s, end_s, spasm.side, float(min(closure, 1.0)), kind)


def _kind(times: NDArray[np.float64], strength: NDArray[np.float32]) -> Kind:
    """Return whether a contraction is held for long enough to be tonic.

    By what the muscles do, not by what was drawn: the bursts of a spasm drawn as tonic may let
    go nearly all of it between them.
    """
    runs = find_runs(strength >= HELD_LEVEL * strength.max())
    held_s = max(times[stop - 1] - times[first] for first, stop in runs)
    return "tonic" if held_s >= DetectorConfig().tonic_min_s else "clonic"


def draw_round(clip: RealClip, track: FaceTrack, kind: str, number: int) -> Rendering | None:
    """Draw one round's rendering of a clip; None where no spasm fits its length.

    Parameters
    ----------
    clip, track : RealClip, FaceTrack
    kind : {"varied", "brief", "fair"}
        See `draw_varied` and `draw_fair`.
    number : int
        Counts the rounds of a kind. Three rounds in a row draw each clip with each of the
        three families.
    """
    seed = zlib.crc32(f"{clip.name}/{kind}/{number}".encode())
    family: Family = FAMILIES[(zlib.crc32(clip.name.encode()) + number) % len(FAMILIES)]
    draw: Draw = draw_fair if kind == "fair" else partial(draw_varied, brief=kind == "brief")
    duration_s = min(float(track.time_s[-1]), LONGEST_S)
    rendering = draw(np.random.default_rng(seed), duration_s, family=family, seed=seed)
    return rendering if rendering.spasms else None


def usable_clips(store: TrackStore) -> list[RealClip]:
    """Return the clips at hand that show a face."""
    return [clip for clip in load_clips() if store.plain(clip).has_face.sum() >= MIN_FACES]


def load_rounds(
    store: TrackStore, clips: Iterable[RealClip], kind: str, numbers: Iterable[int]
) -> list[RenderedTrack]:
    """Return rounds of renderings or replays, made where they are missing."""
    if kind == "replay":
        replayed = [store.replayed(clip, number) for clip in clips for number in numbers]
        return [item for item in replayed if item is not None]
    rounds = []
    for clip in clips:
        plain = store.plain(clip)
        for number in numbers:
            rendering = draw_round(clip, plain, kind, number)
            if rendering is not None:
                rounds.append(
                    store.rendered(clip, kind, rendering, number=number, seconds=LONGEST_S)
                )
    return rounds


def make_rounds(folder: Path, clips: list[RealClip], kind: str, numbers: range) -> None:
    """Render rounds in several processes, with a line for each clip that is done."""
    with ProcessPoolExecutor() as pool:
        jobs = {
            pool.submit(_make_rounds_of_clip, folder, clip, kind, numbers): clip.name
            for clip in clips
        }
        for done, job in enumerate(as_completed(jobs), start=1):
            job.result()
            print(f"{kind}: {done} of {len(jobs)} clips, {jobs[job]}", flush=True)


def _make_rounds_of_clip(folder: Path, clip: RealClip, kind: str, numbers: range) -> None:
    load_rounds(TrackStore(folder), [clip], kind, numbers)
