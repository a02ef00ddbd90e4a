"""The tracks that training and benchmark work on, made once and kept in a folder."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.clips import RealClip, load_clips
from benchmarks.renderings import ENGINE, Rendering, draw_fair, draw_varied, render_track
from hemiscan.asymmetry import REGIONS
from hemiscan.synthetic.fields import FAMILIES, Family
from hemiscan.synthetic.spasm import Spasm, compute_activation, compute_visible_span
from hemiscan.tracking import FaceTrack, create_engine, load_track, save_track, track_face
from hemiscan.video import open_clip

MIN_FACES = 20
"""Clips with fewer frames that show a face teach and test nothing."""

Draw = Callable[..., Rendering]


@dataclass(frozen=True)
class TrueSpan:
    """A spasm that was rendered, or a contraction that is real (closure 1).

    ``closure`` is the share of the lid's opening that it closes at its height.
    """

    start_s: float
    end_s: float
    side: str
    closure: float = 1.0
    kind: str | None = None


@dataclass(frozen=True)
class RenderedTrack:
    """The face of a clip with spasms rendered onto it, and the truth.

    ``kind`` and ``number`` are those of the round (see `draw_round`); a rendering outside
    the rounds has its own name as kind, and number 0.
    """

    kind: str
    number: int
    clip: RealClip
    rendering: Rendering
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
            with open_clip(clip.path) as source, create_engine(ENGINE) as engine:
                save_track(track_face(source, engine), path)
        return load_track(path)

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
            save_track(render_track(clip, plain, rendering), path)
        track = load_track(path)
        return RenderedTrack(kind, number, clip, rendering, track, true_spans(rendering))


def beginning(track: FaceTrack, seconds: float) -> FaceTrack:
    """Return the first seconds of a track."""
    return track.select(slice(0, int(np.searchsorted(track.time_s, seconds, side="right"))))


def true_spans(rendering: Rendering) -> tuple[TrueSpan, ...]:
    """Return when each spasm of a rendering can be seen, and how far it closes the eye."""
    return tuple(_true_span(spasm, rendering) for spasm in rendering.spasms)


def _true_span(spasm: Spasm, rendering: Rendering) -> TrueSpan:
    start_s, end_s = compute_visible_span(spasm, seed=rendering.seed)
    times = np.arange(start_s, end_s, 0.005)
    activation = compute_activation([spasm], times, seed=rendering.seed)
    eye = REGIONS.index("eye")
    closure = activation[:, :, eye].max() * rendering.region_gains[eye]
    return TrueSpan(start_s, end_s, spasm.side, float(min(closure, 1.0)), spasm.kind)


def draw_round(clip: RealClip, track: FaceTrack, kind: str, number: int) -> Rendering | None:
    """Draw one round's rendering of a clip; None where no spasm fits its length.

    Parameters
    ----------
    clip, track : RealClip, FaceTrack
    kind : {"varied", "fair"}
        See `draw_varied` and `draw_fair`.
    number : int
        Counts the rounds of a kind. Three rounds in a row draw each clip with each of the
        three families.
    """
    seed = zlib.crc32(f"{clip.name}/{kind}/{number}".encode())
    family: Family = FAMILIES[(zlib.crc32(clip.name.encode()) + number) % len(FAMILIES)]
    draw: Draw = draw_fair if kind == "fair" else draw_varied
    rendering = draw(np.random.default_rng(seed), track.time_s[-1], family=family, seed=seed)
    return rendering if rendering.spasms else None


def usable_clips(store: TrackStore) -> list[RealClip]:
    """Return the clips at hand that show a face."""
    return [clip for clip in load_clips() if store.plain(clip).has_face.sum() >= MIN_FACES]


def load_rounds(
    store: TrackStore, clips: Iterable[RealClip], kind: str, numbers: Iterable[int]
) -> list[RenderedTrack]:
    """Return rounds of renderings, made where they are missing."""
    rounds = []
    for clip in clips:
        plain = store.plain(clip)
        for number in numbers:
            rendering = draw_round(clip, plain, kind, number)
            if rendering is not None:
                rounds.append(store.rendered(clip, kind, rendering, number=number))
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
