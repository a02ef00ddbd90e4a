"""The result of analysing one clip, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, overload

from hemiscan._folder import OutputFolder
from hemiscan.findings import Findings
from hemiscan.recording import Recording
from hemiscan.tracking import is_track_file

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hemiscan.overlay.stills import EpisodeStills
    from hemiscan.results import PlotFormat


_DEIDENTIFIED_NAME = "de-identified"
"""In place of the clip's name, which may be the patient's."""


@dataclass(frozen=True, eq=False, repr=False)
class Analysis(Findings):
    """What `hemiscan.analyze` and `hemiscan.load` return.

    Attributes
    ----------
    stills : tuple of EpisodeStills
        The face before, at the peak and after each of the first episodes, for the report;
        empty where none were kept.
    source_path : Path or None
        The file that was analysed, a video or a saved track; None for a track that was given
        as such. Written into no file.

    See Also
    --------
    Findings : the other attributes.
    """

    stills: tuple[EpisodeStills, ...] = ()
    source_path: Path | None = None

    @property
    def is_deidentified(self) -> bool:
        """Whether it comes from `deidentified`."""
        return bool(self.summary.clip.get("deidentified", False))

    def deidentified(self, *, stills: bool = True) -> Analysis:
        """Return the same analysis for teaching and sharing: no face, and nothing that names one.

        Parameters
        ----------
        stills : bool, optional
            Whether to draw stills of the episodes.

        Returns
        -------
        Analysis
            Stills are drawn from the landmarks, and so is the annotated clip. Name, hash and
            date of the clip, the note and the notes of marks are left out, as are the
            warnings that name the clip; patient, visit and task stay as they were given, so
            give codes. What was measured is the same, and the landmarks hold the proportions of
            the face: who knows the person well may know them by these, and by how they move.

        Raises
        ------
        ValueError
            If the analysis has no landmarks to draw from.
        """
        from hemiscan.overlay import draw_stills

        if not self.track.has_landmarks:
            raise ValueError("analysis must have landmarks; analyse with save_track")
        recording = Recording(
            patient=self.recording.patient, visit=self.recording.visit, task=self.recording.task
        )
        name = self.track.source.name
        source = replace(self.track.source, name=_DEIDENTIFIED_NAME, sha256="", recorded_at="")
        warnings = tuple(warning for warning in self.warnings if name not in warning)
        track_warnings = tuple(warning for warning in self.track.warnings if name not in warning)
        track = replace(self.track, source=source, recording=recording, warnings=track_warnings)
        clip = {**self.summary.clip, "name": source.name, "sha256": "", "recorded_at": ""}
        live = self.summary.live
        if live is not None:
            live = {key: value for key, value in live.items() if key not in ("source", "started")}
            live["marks"] = [{**mark, "note": ""} for mark in live.get("marks", ())]
        summary = replace(
            self.summary,
            clip={**clip, "deidentified": True},
            recording=track.recording,
            warnings=warnings,
            live=live,
        )
        marks = tuple(mark._replace(note="") for mark in self.marks)
        drawn = replace(
            self, track=track, summary=summary, marks=marks, stills=(), source_path=None
        )
        return replace(drawn, stills=draw_stills(drawn)) if stills else drawn

    @property
    def frames(self) -> pd.DataFrame:
        """The table of ``frames.csv``, one row a decoded frame; ``face`` is bool."""
        from hemiscan.results import frames_table

        return frames_table(self)

    @property
    def episodes_table(self) -> pd.DataFrame:
        """The table of ``episodes.csv``, one row an episode."""
        from hemiscan.results import episodes_table

        return episodes_table(self.episodes)

    @property
    def blinks_table(self) -> pd.DataFrame:
        """The table of ``blinks.csv``, one row a blink."""
        from hemiscan.results import blinks_table

        return blinks_table(self.blinks)

    def to_xarray(self) -> xr.Dataset:
        """Return what was measured in every frame as a labelled dataset.

        Returns
        -------
        Dataset
            Along ``time`` (seconds from the clip's first frame), ``region`` and ``side``;
            see `hemiscan.results.frames_dataset`.

        Raises
        ------
        ImportError
            If xarray is not installed: ``pip install 'hemiscan[xarray]'``.
        """
        from hemiscan.results import frames_dataset

        return frames_dataset(self)

    @overload
    def plot(
        self,
        *,
        region: str | None = None,
        start_s: float | None = None,
        end_s: float | None = None,
        ax: None = None,
    ) -> Figure: ...

    @overload
    def plot(
        self,
        *,
        region: str | None = None,
        start_s: float | None = None,
        end_s: float | None = None,
        ax: Axes,
    ) -> Axes: ...

    def plot(
        self,
        *,
        region: str | None = None,
        start_s: float | None = None,
        end_s: float | None = None,
        ax: Axes | None = None,
    ) -> Figure | Axes:
        """Draw the timeline: both sides and the asymmetry of every region.

        Parameters
        ----------
        region : {"brow", "eye", "cheek", "mouth", "chin"}, optional
            Only this one.
        start_s, end_s : float, optional
            The part of the recording to show, in seconds from the clip's first frame.
        ax : Axes, optional
            Draw one panel into these axes: the movement of the region, or without one the
            episodes and blinks.

        Returns
        -------
        Figure or Axes
            ``ax`` if it was given, else a new figure, which shows itself in a notebook.

        Raises
        ------
        ValueError
            If there is no such region or no such part.
        """
        from hemiscan.plots.timeline import plot_analysis

        if ax is None:
            return plot_analysis(self, region=region, start_s=start_s, end_s=end_s)
        return plot_analysis(self, region=region, start_s=start_s, end_s=end_s, ax=ax)

    def save(
        self,
        directory: str | Path | OutputFolder,
        *,
        plot_formats: Iterable[PlotFormat] = ("png",),
        annotate: bool = False,
        save_track: bool = False,
        overwrite: bool = False,
        on_progress: Callable[[int, int], None] | None = None,
        on_warning: Callable[[str], None] | None = None,
    ) -> list[Path]:
        """Write tables, summary, plot and report into a folder, as ``hemiscan analyze`` does.

        Parameters
        ----------
        directory : str or Path
            Made if missing. All files of an earlier run of the same clip are replaced
            together; other files stay.
        plot_formats : iterable of {"png", "svg", "pdf"}, optional
            Formats of the plot.
        annotate : bool, optional
            Write ``annotated.mp4``, the clip with what was measured drawn on it; of what is
            de-identified, drawn lines in place of the clip.
        save_track : bool, optional
            Write ``track.npz``, to analyse again without the clip.
        overwrite : bool, optional
            Replace results of another clip, and files of other origin.
        on_progress : callable, optional
            Called after each frame of the annotated clip with the number of frames done and
            of all frames.
        on_warning : callable, optional
            Called with what the annotated clip is missing, and why: the sound, where its
            format cannot be read.

        Returns
        -------
        list of Path
            The files written.

        Raises
        ------
        ValueError
            If something is wanted that is not here: the clip, or the landmarks.
        OutputError
            If the folder holds results of another clip or cannot be written; earlier results
            stay as they were.
        """
        from hemiscan.results import save_analysis

        return save_analysis(
            self,
            directory,
            plot_formats=plot_formats,
            stills=self.stills,
            annotate=self._clip_to_annotate() if annotate and not self.is_deidentified else None,
            draw=annotate and self.is_deidentified,
            save_track=save_track,
            source=self.source_path,
            overwrite=overwrite,
            on_progress=on_progress,
            on_warning=on_warning,
        )

    def _clip_to_annotate(self) -> Path:
        if self.source_path is None or is_track_file(self.source_path):
            raise ValueError(
                "annotate must be False for what was not analysed from the clip itself; give the "
                "clip to hemiscan.save_annotated"
            )
        return self.source_path

    def _repr_html_(self) -> str:
        """Show the timeline and the episodes in a notebook."""
        from hemiscan.results.notebook import render_notebook

        return render_notebook(self)


def load(directory: str | Path, *, reviewed: bool = False) -> Analysis:
    """Read back what `Analysis.save` or ``hemiscan analyze`` wrote into a folder.

    Parameters
    ----------
    directory : str or Path
        The folder, with its tables and its ``summary.json``.
    reviewed : bool, optional
        Return it as reviewed, with the corrections in ``review.jsonl``; ``summary.review`` tells
        of them. By default it is as detected.

    Returns
    -------
    Analysis
        With the decimals that the files hold. What they do not hold is empty: the stills;
        without ``track.npz`` the landmarks, whose array then has the shape (n_frames, 0, 3);
        and what a learned detector saw, so that `Analysis.attribute_score` tells nothing.

    Raises
    ------
    ResultFileError
        If a file is missing, damaged or does not belong to the others.

    Examples
    --------
    >>> hemiscan.load("results").episodes_table  # doctest: +SKIP
    """
    from hemiscan.results import TRACK_NAME, load_findings
    from hemiscan.review import load_reviewed

    findings = load_reviewed(directory) if reviewed else load_findings(directory)
    track = Path(directory) / TRACK_NAME
    return Analysis(
        **{field.name: getattr(findings, field.name) for field in fields(Findings)},
        source_path=track if track.exists() else None,
    )
