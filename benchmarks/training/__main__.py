"""Render, track, train, and write the weights.

    python -m benchmarks.training --cache FOLDER

needs the clips of real faces (see ``benchmarks/clips.toml``; ``HEMISCAN_CLIPS`` names their
folder) and ``pip install -e '.[train]'``. Rendering and tracking take about 20 ms a frame, so
some ten minutes a round on one core; they are kept in FOLDER and done once.
"""

from __future__ import annotations

import argparse
import zlib
from pathlib import Path

import numpy as np

from benchmarks.clips import RealClip, load_clips
from benchmarks.renderings import STANDARD_LOOK, draw_look, draw_spasms, render_track
from benchmarks.training.examples import Example, Pair, TrueSpan, make_example, mix_example
from benchmarks.training.learn import save_weights, train
from hemiscan.asymmetry import compute_measures
from hemiscan.episodes.network import WEIGHTS_PATH
from hemiscan.synthetic.fields import FAMILIES
from hemiscan.synthetic.spasm import compute_visible_span
from hemiscan.tracking import FaceTrack, create_engine, load_track, save_track, track_face
from hemiscan.video import open_clip

N_ROUNDS = 7
N_MIXED = 400
FAIR_ROUND = 6
"""The last round is rendered as a fair webcam sees it, with clear spasms: the one that the
figures of the model card are from."""


def main() -> None:
    """Make the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cache", type=Path, required=True, help="folder for rendered tracks")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--output", type=Path, default=WEIGHTS_PATH)
    options = parser.parse_args()
    options.cache.mkdir(parents=True, exist_ok=True)
    clips = load_clips()
    if not clips:
        parser.error("no clips found; HEMISCAN_CLIPS names their folder")
    examples, pairs = [], []
    for clip in clips:
        print(clip.name, flush=True)
        track = plain_track(clip, options.cache)
        if track.has_face.sum() < 20:
            continue
        plain = compute_measures(track)
        examples.append(make_example(clip, plain, ()))
        for round_number in range(N_ROUNDS):
            pair = make_pair(clip, track, round_number, options.cache)
            if pair is not None:
                pairs.append(pair)
                examples.append(make_example(clip, pair.rendered, pair.spans))
    examples += mix_all(pairs, N_MIXED, seed=options.seed)
    save_weights(train(examples, seed=options.seed), options.output)


def plain_track(clip: RealClip, cache: Path) -> FaceTrack:
    """Return the clip's face as it is, tracked once."""
    path = cache / f"{clip.name}.npz"
    if not path.exists():
        with open_clip(clip.path) as source, create_engine() as engine:
            save_track(track_face(source, engine), path)
    return load_track(path)


def make_pair(clip: RealClip, track: FaceTrack, round_number: int, cache: Path) -> Pair | None:
    """Return the clip with spasms rendered onto it; None where none fits its length."""
    seed = zlib.crc32(f"{clip.name}/{round_number}".encode())
    rng = np.random.default_rng(seed)
    fair = round_number == FAIR_ROUND
    look = STANDARD_LOOK if fair else draw_look(rng)
    amplitudes, shortest_s = ((0.5, 0.95), 0.2) if fair else ((0.2, 1.0), 0.1)
    spasms = draw_spasms(rng, track.time_s[-1], amplitudes=amplitudes, shortest_s=shortest_s)
    if not spasms:
        return None
    path = cache / f"{clip.name}_{round_number}.npz"
    if not path.exists():
        family = FAMILIES[(round_number + seed) % len(FAMILIES)]
        save_track(render_track(clip, track, spasms, family=family, look=look, seed=seed), path)
    spans = tuple(
        TrueSpan(*compute_visible_span(spasm, seed=seed), spasm.side, spasm.amplitude)
        for spasm in spasms
    )
    return Pair(clip, compute_measures(track), compute_measures(load_track(path)), spans)


def mix_all(pairs: list[Pair], count: int, *, seed: int) -> list[Example]:
    """Return examples of every face with other faces' spasms."""
    rng = np.random.default_rng(seed)
    faces = list({pair.clip.name: pair for pair in pairs}.values())
    lengths = np.array([min(face.plain.time_s[-1], 40.0) for face in faces])
    mixed: list[Example] = []
    while len(mixed) < count:
        face = faces[rng.choice(len(faces), p=lengths / lengths.sum())]
        pair = pairs[rng.integers(len(pairs))]
        example = mix_example(face.clip, face.plain, pair, rng)
        if example is not None:
            mixed.append(example)
    return mixed


if __name__ == "__main__":
    main()
