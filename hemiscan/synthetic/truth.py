"""What a rendered clip really shows, and the CSV file that says so beside it."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import get_args

import numpy as np

from hemiscan.episodes.events import Kind, Side
from hemiscan.errors import HemiscanError
from hemiscan.synthetic.spasm import Spasm, compute_twitch_times, compute_visible_span


@dataclass(frozen=True)
class TruthEpisode:
    """One true episode of a rendered clip.

    Attributes
    ----------
    start_s, end_s : float
        Half-open span in seconds from the clip's first frame, in which the contraction
        is above a tenth of its amplitude; the pauses between twitches count as inside.
    side : {"left", "right"}
        The subject's side.
    regions : tuple of str
        Regions that take part with at least three tenths of the amplitude.
    kind : {"clonic", "tonic"}
        A run of twitches, or a held contraction.
    amplitude : float
        Strongest contraction in 0..1: share of the lid's opening, or of the full pull.
    twitch_rate_hz : float
        Twitches a second from the first to the last; NaN with fewer than two.
    """

    start_s: float
    end_s: float
    side: Side
    regions: tuple[str, ...]
    kind: Kind
    amplitude: float
    twitch_rate_hz: float


TRUTH_COLUMNS = tuple(field.name for field in fields(TruthEpisode))


def compute_truth(spasms: Sequence[Spasm], *, seed: int = 0) -> tuple[TruthEpisode, ...]:
    """Compute the true episodes, by start, of spasms drawn with the same seed."""
    episodes = [_describe(spasm, seed) for spasm in spasms]
    return tuple(sorted(episodes, key=lambda episode: (episode.start_s, episode.side)))


def truth_path(clip: str | Path) -> Path:
    """Return where the truth of a clip lies: ``clip.truth.csv`` beside ``clip.mp4``."""
    return Path(clip).with_suffix(".truth.csv")


def save_truth(episodes: Sequence[TruthEpisode], path: str | Path) -> None:
    """Write true episodes as CSV, the header alone where there are none.

    The columns are those of `TruthEpisode`; regions are joined by ``+``, an undefined
    twitch rate is an empty cell.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    from hemiscan._files import atomic_path

    with atomic_path(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(TRUTH_COLUMNS)
        for episode in episodes:
            rate = episode.twitch_rate_hz
            writer.writerow(
                [
                    f"{episode.start_s:.3f}",
                    f"{episode.end_s:.3f}",
                    episode.side,
                    "+".join(episode.regions),
                    episode.kind,
                    f"{episode.amplitude:g}",
                    "" if math.isnan(rate) else f"{rate:.3f}",
                ]
            )


def load_truth(path: str | Path) -> tuple[TruthEpisode, ...]:
    """Read true episodes back.

    Raises
    ------
    HemiscanError
        If the file cannot be read or is not such a table.
    """
    try:
        with Path(path).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
            return tuple(_parse(row) for row in rows)
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, TypeError, ValueError) as error:
        columns = ",".join(TRUTH_COLUMNS)
        raise HemiscanError(
            f"cannot read {path} as true episodes ({error}); expected a CSV file with {columns}"
        ) from error


def _describe(spasm: Spasm, seed: int) -> TruthEpisode:
    start_s, end_s = compute_visible_span(spasm, seed=seed)
    peaks = compute_twitch_times(spasm, seed=seed)
    rate_hz = (len(peaks) - 1) / float(np.ptp(peaks)) if len(peaks) > 1 else math.nan
    return TruthEpisode(
        start_s=start_s,
        end_s=end_s,
        side=spasm.side,
        regions=spasm.regions,
        kind=spasm.kind,
        amplitude=spasm.amplitude,
        twitch_rate_hz=rate_hz,
    )


def _parse(row: dict[str, str]) -> TruthEpisode:
    side, kind = row["side"], row["kind"]
    if side not in get_args(Side) or kind not in get_args(Kind):
        raise ValueError(f"unknown side or kind {side!r}, {kind!r}")
    return TruthEpisode(
        start_s=float(row["start_s"]),
        end_s=float(row["end_s"]),
        side="left" if side == "left" else "right",
        regions=tuple(row["regions"].split("+")),
        kind="clonic" if kind == "clonic" else "tonic",
        amplitude=float(row["amplitude"]),
        twitch_rate_hz=float(row["twitch_rate_hz"] or math.nan),
    )
