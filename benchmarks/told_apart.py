"""``python -m benchmarks apart``: what is told apart from spasm, and weakness, on real faces.

Synkinesis is rendered onto the pixels of real clips (a mouth corner that is drawn with every
blink) and tracked anew; weakness is made of real tracks by scaling one half down; and the clips as
they are must show neither.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.clips import RealClip, clips_folder, load_clips
from benchmarks.renderings import Rendering
from benchmarks.tracks import TrackStore, load_rounds, usable_clips
from hemiscan.analysis import Analysis
from hemiscan.episodes.events import SIDES
from hemiscan.pipeline import analyze_track
from hemiscan.synthetic import Spasm, weaken_track

_RESULTS = Path(__file__).with_name("results") / "told_apart.md"
_SHARES = (0.3, 0.5, 0.7, 0.9)
_MIN_BLINKS = 5
_SECONDS = 25.0
_FOLLOWS_S, _DRAWN_S = -0.05, 0.3


def main(argv: Sequence[str] | None = None) -> None:
    """Measure and write ``results/told_apart.md``."""
    parser = argparse.ArgumentParser(prog="benchmarks apart", description=main.__doc__)
    parser.add_argument("folder", type=Path, help="where tracks are kept, made if missing")
    options = parser.parse_args(argv)
    clips = load_clips()
    if not clips:
        raise SystemExit(f"no clips in {clips_folder()}; HEMISCAN_CLIPS names another folder")
    store = TrackStore(options.folder)
    plain = {clip.name: analyze_track(store.plain(clip), find_tasks=True) for clip in clips}
    lines = [
        "# Told apart from spasm",
        "",
        "`python -m benchmarks apart FOLDER`",
        "",
        *_healthy(clips, plain),
        *_synkinesis(store, clips, plain),
        *_spasms(store),
        *_weakness(store, clips, plain),
    ]
    _RESULTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


def _healthy(clips: Sequence[RealClip], plain: dict[str, Analysis]) -> Iterator[str]:
    """Yield what the clips as they are show: no weakness and no synkinesis is right."""
    signs = {name: a.summary.weakness.signs for name, a in plain.items()}
    flagged = {name: [(s.side, s.what) for s in own] for name, own in signs.items() if own}
    coupled = [n for n, a in plain.items() if any(a.summary.synkinesis.of_side(s) for s in SIDES)]
    tasks = {n: [s.task for s in a.segments] for n, a in plain.items() if a.segments}
    yield f"## {len(clips)} clips of healthy people as they are"
    yield ""
    yield f"- weakness is flagged in {len(flagged)}: {flagged or 'none'}"
    yield f"- synkinesis is found in {len(coupled)}: {', '.join(coupled) or 'none'}"
    yield f"- movements held as if on command: {tasks}"
    yield ""


def _synkinesis(
    store: TrackStore, clips: Sequence[RealClip], plain: dict[str, Analysis]
) -> Iterator[str]:
    """Yield how often a mouth corner that rises with every blink is called what."""
    n_found = n_rendered = n_spasms = n_blinks = 0
    people = set()
    for number, clip in enumerate(clips):
        blinks = [b for b in plain[clip.name].blinks if 0.6 < b.start_s < _SECONDS - 1]
        if len(blinks) < _MIN_BLINKS or clip.person in people:
            continue
        people.add(clip.person)
        side = SIDES[number % 2]
        spasms = tuple(
            Spasm(b.start_s + _FOLLOWS_S, _DRAWN_S, side, pattern="mouth", amplitude=0.9)
            for b in blinks
        )
        rendering = Rendering(spasms=spasms, family="mesh", seed=number)
        rendered = store.rendered(clip, "synkinesis", rendering, seconds=_SECONDS)
        analysis = analyze_track(rendered.track)
        n_rendered += 1
        n_found += bool(analysis.summary.synkinesis.of_side(side))
        n_blinks += len(blinks)
        n_spasms += sum(e.is_spasm and e.side == side for e in analysis.episodes)
    yield f"## Synkinesis rendered onto {n_rendered} people, {n_blinks} blinks"
    yield ""
    yield f"- called synkinesis: {n_found} of {n_rendered} people"
    yield f"- called a spasm: {n_spasms} of {n_blinks} blinks"
    yield ""


def _spasms(store: TrackStore) -> Iterator[str]:
    """Yield how often rendered spasms are called synkinesis."""
    episodes = [
        episode
        for rendered in load_rounds(store, usable_clips(store), "fair", range(1))
        for episode in analyze_track(rendered.track).episodes
    ]
    n_synkinesis = sum(not episode.is_spasm for episode in episodes)
    yield f"## {len(episodes)} episodes found in rendered spasms"
    yield ""
    yield f"- called synkinesis: {n_synkinesis}"
    yield ""


def _weakness(
    store: TrackStore, clips: Sequence[RealClip], plain: dict[str, Analysis]
) -> Iterator[str]:
    """Yield how well what is left of a half's movement is measured, against the same face whole."""
    errors: dict[str, list[float]] = {}
    for number, clip in enumerate(clips):
        before = _ratios(plain[clip.name])
        if not before:
            continue
        side = SIDES[number % 2]
        for share in _SHARES:
            after = _ratios(analyze_track(weaken_track(store.plain(clip), side, share)))
            for name in before.keys() & after.keys():
                left = after[name] / before[name]
                errors.setdefault(name, []).append((left if side == "left" else 1 / left) - share)
    yield "## Weakness: real tracks, one half scaled to 0.3 to 0.9"
    yield ""
    yield "Error of the ratio, against that of the same face before; at least three movements."
    yield ""
    yield "| movement | faces x shares | median error | median absolute | 90 % within |"
    yield "|---|--:|--:|--:|--:|"
    for name, values in sorted(errors.items()):
        own = np.array(values)
        yield (
            f"| {name} | {len(own)} | {np.median(own):+.3f} | {np.median(np.abs(own)):.3f} | "
            f"{np.percentile(np.abs(own), 90):.3f} |"
        )


def _ratios(analysis: Analysis) -> dict[str, float]:
    return {
        m.movement: m.left_over_right for m in analysis.summary.weakness.movements if m.count >= 3
    }
