"""Two raters of many clips against each other."""

from __future__ import annotations

import numpy as np

from hemiscan.agreement import PooledAgreement
from hemiscan.plots.figures import HouseFigure, house_style, make_figure

_LEAST_SPAN = 1.0
"""Of the axis of differences, either way: two raters who agree are not to look apart."""


@house_style()
def plot_limits(pooled: PooledAgreement) -> HouseFigure:
    """Plot the differences of two raters against their means (Bland and Altman).

    Parameters
    ----------
    pooled : PooledAgreement

    Returns
    -------
    HouseFigure
        Number of spasms and time in spasm, a point for each clip; lines at the bias and the
        limits of agreement.
    """
    figure = make_figure(8.0, 3.0, layout="constrained")
    panels = (
        ("spasms", "count", pooled.counts),
        ("seconds in spasm", "seconds", pooled.seconds_in_spasm),
    )
    for axes, (label, name, pairs) in zip(figure.subplots(1, 2), panels, strict=True):
        axes.axhline(0.0, color="0.8", linewidth=1, zorder=0)
        axes.plot(pairs.mean(axis=1), pairs[:, 1] - pairs[:, 0], "o", color="0.25", alpha=0.6)
        for end, line in (("bias", "-"), ("low", "--"), ("high", "--")):
            value = pooled.estimates[f"{name}_{end}"].value
            if np.isfinite(value):
                axes.axhline(value, color="C0", linestyle=line, linewidth=1)
        low, high = axes.get_ylim()
        axes.set_ylim(min(low, -_LEAST_SPAN), max(high, _LEAST_SPAN))
        axes.margins(x=0.1)
        axes.set_xlabel(f"{label} a clip, mean of both")
        axes.set_ylabel("difference")
        axes.spines[["top", "right"]].set_visible(False)
    return figure
