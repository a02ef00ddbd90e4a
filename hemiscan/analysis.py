"""The result of analysing one clip."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hemiscan.findings import Findings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from hemiscan.overlay.stills import EpisodeStills


@dataclass(frozen=True, eq=False)
class Analysis(Findings):
    """What `hemiscan.analyze` returns: the findings, and what can be done with them.

    See `Findings` for the attributes.
    """

    def to_dataframe(self) -> Any:
        """Return the table of ``frames.csv`` as a pandas DataFrame, one row a decoded frame."""
        from hemiscan.results.tables import frames_table

        return frames_table(self)

    def plot(self) -> Figure:
        """Draw both sides and the asymmetry of every region over time, as a new figure."""
        from hemiscan.plots.timeline import plot_analysis

        return plot_analysis(self)

    def save(
        self,
        directory: str | Path,
        *,
        plot_formats: Iterable[str] = ("png",),
        stills: Sequence[EpisodeStills] = (),
    ) -> list[Path]:
        """Write tables, summary, plot and report into a folder.

        Parameters
        ----------
        directory : str or Path
            Made if missing. Files of an earlier run are replaced, each as a whole.
        plot_formats : iterable of {"png", "svg", "pdf"}
            Formats of the plot.
        stills : sequence of EpisodeStills, optional
            Pictures of the episodes for the report, from `FaceThumbnails.stills`. They are written
            into no other file.

        Returns
        -------
        list of Path
            The files written.

        Raises
        ------
        OutputError
            If the folder cannot be written; earlier results stay as they were.
        """
        from hemiscan.results.save import save_analysis

        return save_analysis(self, Path(directory), plot_formats=tuple(plot_formats), stills=stills)
