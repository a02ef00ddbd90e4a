"""Networks that have not seen the people they judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.scoring import Case, plain_case, rendered_case, replayed_case
from benchmarks.tracks import RenderedTrack
from benchmarks.training.dataset import Dataset, make_examples
from benchmarks.training.examples import Example
from hemiscan.episodes import DetectorConfig
from hemiscan.episodes.network import SpasmNetwork, load_network, save_network
from hemiscan.synthetic.fields import FAMILIES

N_FOLDS = 3

UNSEEN_BY_LIDS = frozenset(
    {
        *("d0", "ed_expression", "ed_mouth", "eyes_me", "franck", "icface_2", "lia_2"),
        *("mead_M026", "retalk_1", "retalk_2", "retalk_4", "s29", "woman2", "xnemo"),
    }
)
"""The people whom the packaged lid network was not trained on: they make the first fold, in
which neither network has seen those whom it judges."""


@dataclass(frozen=True)
class Fold:
    """The people that one network is kept from, and judges."""

    number: int
    people: frozenset[str]


def make_folds(dataset: Dataset) -> list[Fold]:
    """Deal the people out, the longest filmed first, so that folds are of like length.

    `UNSEEN_BY_LIDS` are the first one.
    """
    seconds: dict[str, float] = {}
    for clip, measures in dataset.plain.values():
        seconds[clip.person] = seconds.get(clip.person, 0.0) + float(measures.time_s[-1])
    ranked = sorted(seconds.keys() - UNSEEN_BY_LIDS, key=lambda person: (-seconds[person], person))
    dealt = [frozenset(ranked[k :: N_FOLDS - 1]) for k in range(N_FOLDS - 1)]
    return [Fold(k, people) for k, people in enumerate([UNSEEN_BY_LIDS & seconds.keys(), *dealt])]


@dataclass(frozen=True)
class Recipe:
    """One way of training a network.

    Attributes
    ----------
    name : str
        Of the files in which the networks are kept.
    config : DetectorConfig
        ``learned`` or ``causal``.
    n_mixed, steps, seed : int
        See `make_examples` and `train`.
    use : callable
        Which renderings are learned from.
    alter : callable
        Changes each example, to take an ingredient away.
    lids : bool
        Whether the data set has lids measured from pixels; see `load_dataset`.
    left_out_family : bool
        Whether each fold's network is also kept from one warp family, by `family_of`.
    """

    name: str
    config: DetectorConfig
    n_mixed: int = 400
    steps: int = 3000
    seed: int = 0
    use: Callable[[RenderedTrack], bool] = lambda _: True
    alter: Callable[[Example], Example] = lambda example: example
    lids: bool = True
    left_out_family: bool = False


def judged_cases(dataset: Dataset, fold: Fold) -> list[Case]:
    """Return what a fold's network is judged on: its people as they are, rendered and replayed."""
    judged = dataset.only(person=lambda name: name in fold.people)
    cases = [plain_case(clip, measures) for clip, measures in judged.plain.values()]
    cases += [
        rendered_case(item.clip, measures, item.spans, family=item.rendering.family)
        for item, measures in judged.rendered
        if item.kind == "fair" and item.rendering is not None
    ]
    return cases + [
        replayed_case(item.clip, measures, item.spans, source=source)
        for source in ("blink", "smile")
        for item, measures in judged.rendered
        if item.kind == "replay"
    ]


def family_of(fold: Fold) -> str:
    """Return the warp family that a fold's network is kept from, where one is left out."""
    return FAMILIES[fold.number % len(FAMILIES)]


def train_fold(dataset: Dataset, fold: Fold, recipe: Recipe, folder: Path) -> SpasmNetwork:
    """Return a network that has not seen a fold's people, trained where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{recipe.name}.{fold.number}.npz"
    if not path.exists():
        from benchmarks.training.learn import to_numpy, train

        def learned_from(rendered: RenderedTrack) -> bool:
            family = rendered.rendering.family if rendered.rendering is not None else None
            left_out = recipe.left_out_family and family == family_of(fold)
            return recipe.use(rendered) and not left_out

        seen = dataset.only(person=lambda name: name not in fold.people, rendering=learned_from)
        examples = make_examples(seen, recipe.config, n_mixed=recipe.n_mixed, seed=recipe.seed)
        network = train(
            [recipe.alter(example) for example in examples],
            causal=recipe.config.detector == "causal",
            steps=recipe.steps,
            seed=recipe.seed + fold.number,
        )
        save_network(to_numpy(network), path)
    return load_network(path)
