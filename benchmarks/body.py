"""``python -m benchmarks body``: jerks of limbs in made bodies, and what real ones give falsely.

Bodies stand still with the noise that the landmarks have, and one limb at a time jerks. How many
of the jerks are found depends on their size beside the noise of a landmark, and on the frame rate.
With folders of clips of moving people, what is found in them is told too.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hemiscan.body import LimbEpisode, analyze_body
from hemiscan.synthetic import LimbJerk, synthesize_body
from hemiscan.tracking import BodyTracker, create_engine, track_face
from hemiscan.video import open_clip

_RESULTS = Path(__file__).with_name("results") / "body.md"
_RATES_HZ, _SIZES = (15.0, 24.0, 30.0, 60.0), (2.0, 3.0, 4.0, 6.0)
NOISE = 0.02
"""Of a landmark along an axis, in shoulder widths; 2 to 3 pixels of a person in full."""
_N_BODIES, _MADE_S = 30, 60.0
_TOLERANCE_S = 0.1


class Counts(NamedTuple):
    """Jerks that were found, all jerks, and episodes that are of none."""

    n_found: int
    n_jerks: int
    n_false: int

    @property
    def f1(self) -> float:
        """F1 score; a jerk and an episode match at most once."""
        return 2 * self.n_found / (self.n_found + self.n_false + self.n_jerks)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and write ``results/body.md``."""
    parser = argparse.ArgumentParser(prog="benchmarks body", description=main.__doc__)
    parser.add_argument("clips", nargs="*", type=Path, help="clips of people who move")
    clips = parser.parse_args(argv).clips
    lines = ["# The half of the body", "", "`python -m benchmarks body [CLIP...]`", ""]
    lines += [*_made(), *_real(clips)]
    _RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def _made() -> Iterator[str]:
    yield f"{_N_BODIES} made bodies of {_MADE_S:g} s for each cell, with jerks of 0.15 to 0.4 s of"
    yield "an arm or a leg; F1, and in brackets false episodes a minute. Sizes are multiples of the"
    yield "standard deviation of a landmark's noise."
    yield ""
    yield f"| frames/s | {' | '.join(f'{size:g} x' for size in _SIZES)} |"
    yield f"|--:|{'--:|' * len(_SIZES)}"
    for rate_hz in _RATES_HZ:
        cells = [_score(rate_hz, size) for size in _SIZES]
        yield f"| {rate_hz:g} | {' | '.join(f'{f1:.2f} ({false:.2f})' for f1, false in cells)} |"
    yield ""


def _score(rate_hz: float, size: float) -> tuple[float, float]:
    """Return the F1 score and false episodes a minute."""
    totals = np.zeros(3, int)
    for seed in range(_N_BODIES):
        rng = np.random.default_rng(seed)
        jerks = draw_jerks(rng, amplitude=size * NOISE, duration_s=_MADE_S)
        body = synthesize_body(jerks, rng=rng, duration_s=_MADE_S, rate_hz=rate_hz, noise=NOISE)
        totals += count_found(jerks, analyze_body(body).episodes)
    counts = Counts(*totals.tolist())
    return counts.f1, counts.n_false / (_N_BODIES * _MADE_S / 60)


def draw_jerks(
    rng: np.random.Generator, *, amplitude: float, duration_s: float = _MADE_S
) -> list[LimbJerk]:
    """Draw jerks of one limb at a time, of 0.15 to 0.4 s, in any direction."""
    starts_s = np.cumsum(rng.uniform(2.0, 6.0, 12))
    return [
        LimbJerk(
            start_s,
            rng.uniform(0.15, 0.4),
            str(rng.choice(["left", "right"])),
            str(rng.choice(["arm", "leg"])),
            amplitude,
            rng.uniform(0, 2 * np.pi),
        )
        for start_s in starts_s[starts_s < duration_s - 3]
    ]


def count_found(jerks: Sequence[LimbJerk], episodes: Sequence[LimbEpisode]) -> Counts:
    """Count the jerks that are found, each by an episode of its own."""
    free = list(episodes)
    for jerk in jerks:
        same = [episode for episode in free if _is_of(episode, jerk)]
        if same:
            free.remove(same[0])
    return Counts(len(episodes) - len(free), len(jerks), len(free))


def _is_of(episode: LimbEpisode, jerk: LimbJerk) -> bool:
    return (
        (episode.side, episode.limb) == (jerk.side, jerk.limb)
        and episode.start_s < jerk.start_s + jerk.seconds + _TOLERANCE_S
        and episode.end_s > jerk.start_s - _TOLERANCE_S
    )


def _real(clips: Sequence[Path]) -> Iterator[str]:
    if not clips:
        return
    yield "Real people who move as they like, none of whom has spasms:"
    yield ""
    yield "| clip | seconds | arms known | legs known | episodes |"
    yield "|---|--:|--:|--:|--:|"
    for path in clips:
        with open_clip(path) as clip, create_engine() as engine, BodyTracker() as body:
            track = track_face(clip, engine, body=body)
        assert track.body is not None
        found = analyze_body(track.body)
        arm, _, leg = found.measures.limbs
        seconds = float(np.ptp(track.time_s)) if track.n_frames else 0.0
        yield (
            f"| {path.stem} | {seconds:.0f} | {min(arm.left_known, arm.right_known):.0%} "
            f"| {min(leg.left_known, leg.right_known):.0%} | {len(found.episodes)} |"
        )
    yield ""
