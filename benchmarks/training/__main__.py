"""Render, track, train, and write the weights of both learned detectors.

    python -m benchmarks.training --cache FOLDER

needs the clips of real faces (see ``benchmarks/clips.toml``; ``HEMISCAN_CLIPS`` names their
folder) and ``pip install -e '.[train]'``. Rendering and tracking take some four minutes a
round on one core; they are kept in FOLDER and done once.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.clips import load_clips
from benchmarks.tracks import TrackStore, make_rounds, usable_clips
from benchmarks.training.dataset import N_FAIR, N_VARIED, load_dataset, make_examples
from benchmarks.training.learn import to_numpy, train
from hemiscan.episodes import DetectorConfig
from hemiscan.episodes.network import CAUSAL_WEIGHTS_PATH, WEIGHTS_PATH, save_network

SEED = 7


def main() -> None:
    """Make the weights."""
    parser = argparse.ArgumentParser(
        description="Make the weights of the learned detectors.", prog="benchmarks.training"
    )
    parser.add_argument("--cache", type=Path, required=True, help="folder for rendered tracks")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--output", type=Path, default=WEIGHTS_PATH.parent)
    options = parser.parse_args()
    if not load_clips():
        parser.error("no clips found; HEMISCAN_CLIPS names their folder")
    store = TrackStore(options.cache)
    clips = usable_clips(store)
    make_rounds(options.cache, clips, "varied", range(N_VARIED))
    make_rounds(options.cache, clips, "fair", range(N_FAIR))
    dataset = load_dataset(store)
    for path in (WEIGHTS_PATH, CAUSAL_WEIGHTS_PATH):
        causal = path == CAUSAL_WEIGHTS_PATH
        config = DetectorConfig(detector="causal" if causal else "learned")
        examples = make_examples(dataset, config, seed=options.seed)
        network = train(examples, causal=causal, seed=options.seed)
        save_network(to_numpy(network), options.output / path.name)


if __name__ == "__main__":
    main()
