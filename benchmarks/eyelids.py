"""``python -m benchmarks eyelids``: the lid measurement on people who did not train it.

Judged on real blinks in which one eye is kept open by its own pixels, once with the lids measured
from pixels, once with the face mesh alone. How well such closures are found by networks that have
not seen the person is in ``python -m benchmarks accuracy``.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from benchmarks.accuracy.tables import Rows, to_markdown
from benchmarks.clips import RealClip, load_clips
from benchmarks.renderings import WIDE_CROP
from benchmarks.tracks import TrackStore, find_usable_replays, usable_clips
from benchmarks.training.dataset import N_REPLAY
from benchmarks.training.folds import UNSEEN_BY_LIDS
from hemiscan.asymmetry import REGIONS, compute_asymmetry, compute_measures
from hemiscan.eyes import CROP_SHAPE, load_lid_network
from hemiscan.tracking import FaceTrack

RESULTS = Path(__file__).parent / "results"
Source = Literal["mesh", "lids"]
SOURCES: dict[Source, str] = {"mesh": "face mesh alone", "lids": "lids from pixels"}


@dataclass(frozen=True)
class HeldEye:
    """The peak of one real one-sided closure, as each source of lid openings shows it."""

    closing: float
    held: float


def main(argv: Sequence[str] | None = None) -> None:
    """Judge the lid measurement on the people who were left out of its training."""
    parser = argparse.ArgumentParser(prog="benchmarks eyelids", description=main.__doc__)
    parser.add_argument("--cache", type=Path, required=True, help="folder for tracks and crops")
    parser.add_argument("--output", type=Path, default=RESULTS, help="folder for the results")
    options = parser.parse_args(argv)
    if not load_clips():
        parser.error("no clips found; HEMISCAN_CLIPS names their folder")
    store = TrackStore(options.cache)
    clips = left_out_clips(store)
    eyes: Rows = [describe_held_eyes(store, clips, source) for source in SOURCES]
    people = sorted({clip.person for clip in clips})
    page = [
        "# Eyelids\n",
        f"`python -m benchmarks eyelids`, on the {len(people)} people who were left out of the "
        f"lid network's training ({', '.join(people)}).\n",
        "## Real blinks of which one eye is kept open, at their height\n",
        "How far the closing and the held eye read closed, and how far the held eye does so in one "
        "event of ten.\n",
        to_markdown(eyes),
    ]
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "eyelids.md").write_text("\n".join(page), encoding="utf-8")
    print("\n".join(page))


def left_out_clips(store: TrackStore) -> list[RealClip]:
    """Return the clips of the people whom the lid network was not trained on."""
    clips = usable_clips(store)
    return [clip for clip in clips if clip.person in UNSEEN_BY_LIDS]


def with_lids(track: FaceTrack, crops: NDArray[np.uint8], source: Source) -> FaceTrack:
    """Return a track with the lids measured in its crops, or with none."""
    lids = np.full((2, track.n_frames, 2), np.nan, np.float32)
    if source == "lids":
        top, left = ((w - n) // 2 for w, n in zip(WIDE_CROP, CROP_SHAPE, strict=True))
        network = load_lid_network()
        for row in np.flatnonzero(track.has_face):
            crop = crops[row, :, top : top + CROP_SHAPE[0], left : left + CROP_SHAPE[1]]
            lids[:, row] = network.measure(crop)
    return replace(track, lid_opening=lids[0], lid_uncertainty=lids[1])


def describe_held_eyes(
    store: TrackStore, clips: Sequence[RealClip], source: Source
) -> dict[str, object]:
    """Return how far the held and the closing eye read closed at the height of a closure."""
    events = [event for clip in clips for event in _held_eyes(store, clip, source)]
    held = np.array([event.held for event in events])
    return {
        "eyes": SOURCES[source],
        "closures": len(events),
        "closing eye, median": float(np.median([event.closing for event in events])),
        "held eye, median": float(np.median(held)),
        "held eye, 90th percentile": float(np.percentile(held, 90)),
    }


def _held_eyes(store: TrackStore, clip: RealClip, source: Source) -> list[HeldEye]:
    events = []
    for number in range(N_REPLAY):
        replayed = store.replayed(clip, number)
        if replayed is None:
            continue
        crops = store.crops(f"{clip.name}.replay{number}")
        series = compute_asymmetry(compute_measures(with_lids(replayed.track, crops, source)))
        eye = REGIONS.index("eye")
        closure = {"left": series.left[:, eye], "right": series.right[:, eye]}
        for replay in find_usable_replays(clip, store.plain(clip), number):
            rows = slice(*np.searchsorted(series.time_s, [replay.start_s, replay.end_s]))
            closing = closure[replay.side][rows]
            if replay.kind == "blink" and np.isfinite(closing).any():
                peak = int(np.nanargmax(closing))
                events.append(
                    HeldEye(float(closing[peak]), float(closure[replay.held][rows][peak]))
                )
    return events
