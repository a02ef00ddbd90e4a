"""Rows of the report about the half of the body."""

from __future__ import annotations

import math
from typing import Any

from hemiscan.body import NOT_IN_VIEW, BodyFindings, BodyMeasures, Coincidence, LimbComparison
from hemiscan.body.tasks import TAPPING
from hemiscan.plots.style import format_number, format_share

_PLOT_DPI = 160

_MEASURES = {
    "drop": "hand sinks by, shoulder widths",
    "rate_hz": "repetitions a second",
    "turn_deg": "palm turns inwards and down by, degrees",
    "amplitude": "amplitude, {unit}",
    "decrement": "amplitude at the end over that at the beginning",
    "irregularity": "irregularity of the intervals",
    "swing": "swing of the hand, shoulder widths",
}

_UNITS = {TAPPING: "palm lengths"}
"""By task, where it is not shoulder widths."""


def body_section(body: BodyFindings | None) -> dict[str, Any] | None:
    """Return everything that the section about the body shows; None where none was asked for."""
    if body is None:
        return None
    measures = body.measures
    return {
        "not_in_view": "" if measures.in_view else NOT_IN_VIEW,
        "share": format_share(measures.body_share),
        "plot_uri": _plot_uri(body) if measures.in_view else "",
        "limbs": [
            {
                "name": limb.limb,
                "known": f"{format_share(limb.left_known)}, {format_share(limb.right_known)}",
                "unrest": f"{format_number(limb.left_unrest, 3)}, "
                f"{format_number(limb.right_unrest, 3)}",
                "count": f"{limb.left_count}, {limb.right_count}",
                "in_view": limb.in_view,
            }
            for limb in measures.limbs
        ],
        "episodes": [
            {
                "start": format_number(e.start_s, 2),
                "seconds": format_number(e.duration_s, 2),
                "side": e.side,
                "limb": e.limb,
                "kind": e.kind,
                "jerks": f"{e.jerk_count}" if e.jerk_count else "",
                "rate": format_number(e.jerk_rate_hz, 1),
                "amplitude": format_number(e.peak_amplitude, 2),
            }
            for e in body.episodes
        ],
        "coincidences": [_coincidence_text(c) for c in measures.coincidences],
        "comparisons": [_comparison_row(c) for c in measures.comparisons],
        "hands": _hands_text(measures),
    }


def _coincidence_text(found: Coincidence) -> str:
    text = (
        f"{found.together_count} of {found.face_count} facial episodes on the {found.side} begin "
        f"with an episode of a limb on that side; by chance it would be "
        f"{format_number(found.expected_count, 1)} (p = {format_number(found.p_value, 3)})"
    )
    if not found.together_count:
        return f"{text}."
    order = "after" if found.median_lag_s >= 0 else "before"
    lag = format_number(1e3 * abs(found.median_lag_s), 0, "ms")
    return f"{text}. The limb begins {lag} {order} the face (median)."


def _hands_text(measures: BodyMeasures) -> str:
    if math.isnan(measures.left_hand_known):
        return ""
    return (
        f"The left hand's fingers were seen in {format_share(measures.left_hand_known)} of the "
        f"time, the right hand's in {format_share(measures.right_hand_known)}."
    )


def _comparison_row(row: LimbComparison) -> dict[str, str]:
    return {
        "task": row.task.replace("_", " "),
        "measure": _MEASURES[row.measure].format(unit=_UNITS.get(row.task, "shoulder widths")),
        "left": format_number(row.left, 2),
        "right": format_number(row.right, 2),
        "ratio": format_number(row.left_over_right, 2),
        "count": f"{row.count}",
    }


def _plot_uri(body: BodyFindings) -> str:
    from hemiscan.plots.body import plot_body

    return plot_body(body).png_uri(dpi=_PLOT_DPI)
