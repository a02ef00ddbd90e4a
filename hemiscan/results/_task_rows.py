"""Rows of the report about tasks, weakness, and what is told apart from spasm."""

from __future__ import annotations

from hemiscan.clinical import (
    HEALTHY_LIMITS,
    ClusteringMeasures,
    Coupling,
    MovementComparison,
    Summary,
    TaskMeasures,
    WeaknessSign,
)
from hemiscan.findings import Findings
from hemiscan.plots.style import format_number, format_share
from hemiscan.results._report_rows import format_number_interval

_SOURCES = {
    "protocol": "The tasks are those of the protocol that was followed.",
    "file": "The tasks are those of a table that was given.",
    "found": "The tasks were found in the movement of the face; nobody told them.",
}
_CHANCE = 0.05
"""Onsets are said to come in bouts, or evenly, below this p value."""


def task_rows(summary: Summary) -> list[dict[str, str]]:
    """Return a row for each task, and for the time outside of all."""
    return [_task_row(task) for task in summary.tasks]


def _task_row(task: TaskMeasures) -> dict[str, str]:
    return {
        "name": task.task.replace("_", " ") or "none of these",
        "repetitions": f"{task.repetitions}" if task.repetitions else "",
        "seconds": format_number(task.seconds, 0),
        "count": f"{task.count}",
        "sides": f"{task.left_count}, {task.right_count}",
        "rate": format_number(task.per_minute, 1),
        "interval": format_number_interval(task.per_minute_ci95, 1),
        "share": format_share(task.time_share),
    }


def task_source(analysis: Findings) -> str:
    """Return who says what the tasks were."""
    return " ".join(_SOURCES[name] for name in dict.fromkeys(s.source for s in analysis.segments))


def movement_rows(summary: Summary) -> list[dict[str, str]]:
    """Return a row for each movement whose halves were compared."""
    return [_movement_row(movement) for movement in summary.weakness.movements]


def _movement_row(movement: MovementComparison) -> dict[str, str]:
    return {
        "name": movement.movement.replace("_", " "),
        "count": f"{movement.count}",
        "left": format_share(movement.left),
        "right": format_share(movement.right),
        "ratio": format_number(movement.left_over_right, 2),
        "interval": format_number_interval(movement.left_over_right_ci95, 2),
        "limit": f"{HEALTHY_LIMITS[movement.region]:g}",
        "weaker": movement.weaker_side,
    }


def weakness_rows(summary: Summary) -> list[dict[str, str]]:
    """Return what speaks for weakness, each with its rule."""
    return [{"side": sign.side, "text": _sign_text(sign)} for sign in summary.weakness.signs]


def _sign_text(sign: WeaknessSign) -> str:
    return f"{sign.what}: {format_number(sign.value, 2)}; {sign.rule}"


def apart_rows(summary: Summary) -> list[str]:
    """Return sentences about synkinesis, closures of both eyes, and bouts."""
    lines = [_coupling_text(c) for c in summary.synkinesis.couplings if c.verdict == "synkinesis"]
    episodes, closures = summary.episodes, summary.closures
    if episodes.synkinesis_count:
        lines.append(
            f"{episodes.synkinesis_count} episodes are synkinesis and in none of the figures above."
        )
    if episodes.on_command_count:
        lines.append(
            f"{episodes.on_command_count} of the {episodes.count} episodes come within a movement "
            "on command."
        )
    if closures.count:
        lines.append(
            f"Both eyes close for longer than a blink {closures.count} times without being asked "
            f"to ({closures.forceful_count} forcefully), for {format_share(closures.time_share)} "
            f"of the time, at longest for {format_number(closures.longest_duration_s, 1, 's')}: "
            "as in blepharospasm, not hemifacial."
        )
    return [*lines, *_bouts(summary.clustering)]


def _coupling_text(coupling: Coupling) -> str:
    return (
        f"Synkinesis on the {coupling.side}: the {coupling.following} follows the "
        f"{coupling.leading} in {format_share(coupling.share)} of {coupling.count} movements "
        f"({format_share(coupling.chance_share)} by chance), "
        f"{format_number(coupling.lag_ms, 0, 'ms')} after it."
    )


def _bouts(clustering: ClusteringMeasures) -> list[str]:
    if not clustering.p_value < _CHANCE:
        return []
    how = "in bouts" if clustering.local_variation > 1 else "more evenly than by chance"
    return [
        f"The episodes come {how} (local variation "
        f"{format_number(clustering.local_variation, 2)}, p = {clustering.p_value:.3f})."
    ]
