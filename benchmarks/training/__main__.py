"""Render, track, train, and write the weights of both learned detectors.

    python -m benchmarks.training --cache FOLDER

needs the clips of real faces (see ``benchmarks/clips.toml``; ``HEMISCAN_CLIPS`` names their
folder) and ``pip install -e '.[train]'``. Rendering and tracking take some four minutes a
round on one core; they are kept in FOLDER and done once.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.clips import load_clips
from benchmarks.training.calibration import collect_events, fit_confidence
from benchmarks.training.dataset import Dataset, load_dataset, make_examples
from benchmarks.training.folds import Recipe, judged_cases, make_folds, train_fold
from benchmarks.training.learn import to_numpy, train
from hemiscan.episodes import DetectorConfig, DetectorName, make_detector
from hemiscan.episodes.network import CAUSAL_WEIGHTS_PATH, WEIGHTS_PATH, save_network

SEED = 7
_PATHS: dict[DetectorName, Path] = {"learned": WEIGHTS_PATH, "causal": CAUSAL_WEIGHTS_PATH}


def main() -> None:
    """Make the weights."""
    parser = argparse.ArgumentParser(
        description="Make the weights of the learned detectors.", prog="benchmarks.training"
    )
    parser.add_argument("--cache", type=Path, required=True, help="folder for rendered tracks")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--output", type=Path, default=WEIGHTS_PATH.parent)
    parser.add_argument(
        "--detector", action="append", choices=list(_PATHS), help="only this one; repeatable"
    )
    options = parser.parse_args()
    if not load_clips():
        parser.error("no clips found; HEMISCAN_CLIPS names their folder")
    dataset = load_dataset(options.cache)
    for detector in options.detector or _PATHS:
        path, config = _PATHS[detector], DetectorConfig(detector=detector)
        examples = make_examples(dataset, config, seed=options.seed)
        network = to_numpy(train(examples, causal=detector == "causal", seed=options.seed))
        confidence = calibrate(dataset, config, options.cache / "networks")
        save_network(replace(network, confidence=confidence), options.output / path.name)


def calibrate(dataset: Dataset, config: DetectorConfig, folder: Path) -> NDArray[np.float64]:
    """Return the coefficients of the confidence, from networks that judge unseen people."""
    recipe = Recipe(config.detector, config)
    judged = [
        (case, train_fold(dataset, fold, recipe, folder))
        for fold in make_folds(dataset)
        for case in judged_cases(dataset, fold)
    ]
    threshold = make_detector(replace(config, sensitivity="high")).onset_threshold
    return fit_confidence(*collect_events(judged, config, threshold=threshold))


if __name__ == "__main__":
    main()
