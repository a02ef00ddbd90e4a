"""What a notebook shows of an analysis."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from hemiscan.results.tables import episodes_table

if TYPE_CHECKING:
    from hemiscan.findings import Findings

_WIDTH_PX, _DPI = 1000, 110
_MAX_ROWS = 30


def render_notebook(analysis: Findings) -> str:
    """Render the key figures, the timeline and the episodes as a piece of HTML.

    Parameters
    ----------
    analysis : Findings

    Returns
    -------
    str
        Refers to nothing outside. Of many episodes the table holds the first and the last.
    """
    from hemiscan.plots.timeline import plot_analysis

    title = html.escape(repr(analysis).strip("<>"))
    image = (
        f'<img src="{plot_analysis(analysis).png_uri(dpi=_DPI)}" alt="{title}" '
        f'style="width: {_WIDTH_PX}px; max-width: 100%">'
    )
    if not analysis.episodes:
        return f"<div>{image}<p>No one-sided episodes.</p></div>"
    rows = episodes_table(analysis.episodes).to_html(
        index=False, max_rows=_MAX_ROWS, float_format="{:.2f}".format, na_rep="", border=0
    )
    return f"<div>{image}{rows}</div>"
