"""The result of analysing one clip."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hemiscan.asymmetry.series import AsymmetrySeries
from hemiscan.clinical.summary import Summary
from hemiscan.episodes.config import DetectorConfig
from hemiscan.episodes.events import Blink, Episode
from hemiscan.episodes.evidence import weigh_evidence
from hemiscan.episodes.grid import make_grid
from hemiscan.episodes.inputs import DetectorInputs
from hemiscan.tracking.track import FaceTrack

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from hemiscan.views.stills import EpisodeStills


@dataclass(frozen=True)
class Analysis:
    """Everything known about one clip after `analyze`.

    Attributes
    ----------
    track : FaceTrack
        The subject's face, frame by frame, with the facts about the clip.
    series : AsymmetrySeries
        How each half of the face moves.
    blinks : tuple of Blink
        Closures of both eyes together, by time; empty where there are none.
    episodes : tuple of Episode
        One-sided contractions, by time; empty where there are none.
    score : ndarray of float32, shape (n_frames, 2)
        What led to the episodes: the detector's score of left and right in every frame,
        0 to 1; NaN where the frame says nothing.
    summary : Summary
        The key figures.
    config : DetectorConfig
        The thresholds that were used.
    inputs : DetectorInputs or None
        What a learned detector saw, on the time grid; None for the rules.
    """

    track: FaceTrack
    series: AsymmetrySeries
    blinks: tuple[Blink, ...]
    episodes: tuple[Episode, ...]
    score: NDArray[np.float32]
    summary: Summary
    config: DetectorConfig
    inputs: DetectorInputs | None = None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was repaired, looked odd or limits the result."""
        return self.summary.warnings

    def weigh_evidence(self, episode: Episode) -> dict[str, float]:
        """Return what an episode's score rests on, see `hemiscan.episodes.weigh_evidence`.

        Empty for the rules, which name their evidence themselves.
        """
        if self.inputs is None:
            return {}
        return weigh_evidence(episode, make_grid(self.series.time_s), self.inputs, self.config)

    def to_dataframe(self) -> Any:
        """Return the table of ``frames.csv`` as a pandas DataFrame, one row a decoded frame."""
        from hemiscan.results.tables import frames_table

        return frames_table(self)

    def plot(self) -> Figure:
        """Draw both sides and the asymmetry of every region over time, as a new figure."""
        from hemiscan.views.timeline import plot_analysis

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
            Pictures of the episodes for the report, from `FaceAlbum.stills`. They are written
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
