"""The short account of one analysis that the terminal shows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from hemiscan._text import count, printable

if TYPE_CHECKING:
    from hemiscan.analysis import Analysis
    from hemiscan.body import BodyFindings
    from hemiscan.clinical.summary import Summary
    from hemiscan.episodes.events import Episode
    from hemiscan.recording import Recording

_TABLE_WIDTH = 200
"""Wider than any row, so that nothing is cut or folded when the output goes to a file."""


def result_text(analysis: Analysis, clip: Path, directory: Path, files: Sequence[Path]) -> str:
    """Return the key figures, a table of the episodes and where the files are.

    Parameters
    ----------
    analysis : Analysis
    clip : Path
        What was analysed.
    directory : Path
        Where the files are.
    files : sequence of Path
        The files written there.

    Returns
    -------
    str
        Several lines, without a newline at the end.
    """
    lines = [
        _clip_line(clip, analysis.summary),
        *_recording_lines(analysis.recording),
        _figures_line(analysis.summary),
    ]
    if analysis.episodes:
        lines.append(_table(analysis.episodes))
    if analysis.body is not None and analysis.body.measures.in_view:
        lines.append(_body_line(analysis.body))
    names = ", ".join(path.name for path in files)
    lines.append(printable(f"  {directory}: {names}"))
    return "\n".join(lines)


def _body_line(body: BodyFindings) -> str:
    by_limb = Counter(f"{episode.side} {episode.limb}" for episode in body.episodes)
    where = ", ".join(f"{limb} {number}" for limb, number in sorted(by_limb.items()))
    found = f"  body: {count(len(body.episodes), 'episode')} of one limb"
    return f"{found} ({where})" if where else found


def _clip_line(clip: Path, summary: Summary) -> str:
    mirrored = ", mirrored" if summary.clip["mirrored"] else ""
    seconds, frames = summary.clip["seconds"], summary.clip["frames"]
    return (
        f"{printable(str(clip))}: {seconds:.1f} s, {frames} frames{mirrored}, "
        f"face in {summary.quality.coverage:.0%} of them"
    )


def _recording_lines(recording: Recording) -> list[str]:
    """Return whose recording it is, as far as anybody said so."""
    names = {"patient": recording.patient, "visit": recording.visit, "task": recording.task}
    if not any(names.values()):
        return []
    known = [f"{name} {text}" for name, text in names.items() if text]
    known.append(f"recorded on {recording.day}" if recording.day else "date unknown")
    return [f"  {', '.join(known)}"]


def _figures_line(summary: Summary) -> str:
    if summary.quality.analyzable_s == 0:
        return "  nothing could be analysed"
    measures = summary.blinks
    blinks = f"{count(measures.count, 'blink')} ({measures.per_minute:.1f} a minute)"
    episodes = summary.episodes
    if episodes.count == 0:
        return f"  no episodes; {blinks}"
    return (
        f"  {count(episodes.count, 'episode')} ({episodes.per_minute:.1f} a minute, "
        f"{episodes.time_share:.0%} of the time), side: {episodes.affected_side}; {blinks}"
    )


def _table(episodes: Sequence[Episode]) -> str:
    table = Table(box=None, padding=(0, 0, 0, 2))
    for name in ("#", "start s", "end s"):
        table.add_column(name, justify="right")
    for name in ("side", "kind"):
        table.add_column(name)
    for name in ("twitches", "rate Hz", "peak", "confidence"):
        table.add_column(name, justify="right")
    table.add_column("regions")
    for number, episode in enumerate(episodes, start=1):
        rate = episode.twitch_rate_hz
        table.add_row(
            str(number),
            f"{episode.start_s:.2f}",
            f"{episode.end_s:.2f}",
            episode.side,
            episode.kind,
            str(episode.twitch_count),
            "" if math.isnan(rate) else f"{rate:.1f}",
            f"{episode.peak_amplitude:.2f}",
            f"{episode.confidence:.2f}",
            ", ".join(episode.regions),
        )
    console = Console(highlight=False, width=_TABLE_WIDTH, color_system=None)
    with console.capture() as capture:
        console.print(table)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())
