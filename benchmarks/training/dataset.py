"""All that the network learns from, for any choice of people and warp families."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from benchmarks.clips import RealClip
from benchmarks.tracks import (
    RenderedTrack,
    TrackStore,
    load_rounds,
    make_rounds,
    usable_clips,
)
from benchmarks.training.examples import Example, Pair, make_example, mix_example
from hemiscan.asymmetry import SideMeasures, compute_measures
from hemiscan.episodes import DetectorConfig
from hemiscan.tracking import FaceTrack

N_REPLAY = 2
ROUNDS = {"varied": 2, "brief": 4, "fair": 3, "replay": N_REPLAY}
"""Rounds of each kind; see `benchmarks.tracks.draw_round` and `TrackStore.replayed`."""

N_MIXED = 400
_LONGEST_S = 40.0
"""Length from which a longer clip is drawn no more often as a face to mix onto."""


@dataclass(frozen=True)
class Dataset:
    """Measures of the clips as they are, and of their renderings and replays."""

    plain: dict[str, tuple[RealClip, SideMeasures]]
    rendered: tuple[tuple[RenderedTrack, SideMeasures], ...]

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody in it, by name."""
        return tuple(sorted({clip.person for clip, _ in self.plain.values()}))

    def only(
        self,
        *,
        person: Callable[[str], bool] = lambda _: True,
        rendering: Callable[[RenderedTrack], bool] = lambda _: True,
    ) -> Dataset:
        """Return the part with certain people and certain renderings."""
        return Dataset(
            {name: item for name, item in self.plain.items() if person(item[0].person)},
            tuple(
                item for item in self.rendered if person(item[0].clip.person) and rendering(item[0])
            ),
        )


def load_dataset(folder: Path, *, lids: bool = True) -> Dataset:
    """Return everything, rendered and tracked into a folder where it is missing.

    Without ``lids`` the eyes are measured by the face mesh alone.
    """
    measure = compute_measures if lids else _measure_mesh
    store = TrackStore(folder)
    clips = usable_clips(store)
    rounds: list[RenderedTrack] = []
    for kind, count in ROUNDS.items():
        make_rounds(folder, clips, kind, range(count))
        rounds += load_rounds(store, clips, kind, range(count))
    return Dataset(
        {clip.name: (clip, measure(store.plain(clip))) for clip in clips},
        tuple((rendered, measure(rendered.track)) for rendered in rounds),
    )


def _measure_mesh(track: FaceTrack) -> SideMeasures:
    unknown = np.full_like(track.lid_opening, np.nan)
    return compute_measures(replace(track, lid_opening=unknown, lid_uncertainty=unknown))


def make_examples(
    dataset: Dataset, config: DetectorConfig, *, n_mixed: int = N_MIXED, seed: int = 0
) -> list[Example]:
    """Return the labelled inputs of a data set, mixed ones included.

    Parameters
    ----------
    dataset : Dataset
    config : DetectorConfig
        Its ``detector`` says how rest is estimated.
    n_mixed : int
        How many examples put what a rendering changed on another face.
    seed : int
        Of the mixing.
    """
    examples = [make_example(clip, plain, (), config) for clip, plain in dataset.plain.values()]
    pairs = []
    for rendered, measures in dataset.rendered:
        examples.append(make_example(rendered.clip, measures, rendered.spans, config))
        _, plain = dataset.plain[rendered.clip.name]
        plain = _first_frames(plain, measures.n_frames)
        pairs.append(Pair(rendered.clip, plain, measures, rendered.spans))
    if pairs:
        examples += _mix(dataset, pairs, config, n_mixed, np.random.default_rng(seed))
    return examples


def _first_frames(measures: SideMeasures, n_frames: int) -> SideMeasures:
    """Return the beginning of a clip, as far as it was rendered onto."""
    arrays = {field.name: getattr(measures, field.name)[:n_frames] for field in fields(measures)}
    return SideMeasures(**arrays)


def _mix(
    dataset: Dataset,
    pairs: list[Pair],
    config: DetectorConfig,
    count: int,
    rng: np.random.Generator,
) -> list[Example]:
    faces = list(dataset.plain.values())
    lengths = np.array([min(plain.time_s[-1], _LONGEST_S) for _, plain in faces])
    mixed: list[Example] = []
    while len(mixed) < count:
        clip, plain = faces[rng.choice(len(faces), p=lengths / lengths.sum())]
        pair = pairs[rng.integers(len(pairs))]
        example = mix_example(clip, plain, pair, config, rng)
        if example is not None:
            mixed.append(example)
    return mixed
