"""Everything measured in one recording, as data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from hemiscan._text import count, printable
from hemiscan.asymmetry.series import AsymmetrySeries
from hemiscan.body import BodyFindings
from hemiscan.clinical.summary import Summary
from hemiscan.episodes.closures import BilateralClosure
from hemiscan.episodes.config import DetectorConfig
from hemiscan.episodes.detectors import make_detector
from hemiscan.episodes.events import Blink, Episode
from hemiscan.episodes.features import DetectorFeatures
from hemiscan.episodes.grid import make_grid
from hemiscan.recording import Recording
from hemiscan.tasks.segments import TaskSegment
from hemiscan.tracking.track import FaceTrack

if TYPE_CHECKING:
    from typing_extensions import Self


class Mark(NamedTuple):
    """A moment that the operator of a live run marked.

    Attributes
    ----------
    time_s : float
        In seconds from the first frame.
    note : str
        What there is to say about it; may be empty.
    """

    time_s: float
    note: str = ""


@dataclass(frozen=True, eq=False, repr=False)
class Findings:
    """Everything measured in one recording; what plots, report and tables are made of.

    Attributes
    ----------
    track : FaceTrack
        The subject's face, frame by frame, with the facts about the clip. Without landmarks
        where they were not saved.
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
    features : DetectorFeatures or None
        The input of a learned detector's network, on the time grid; None for the rules, and
        for results read back from their files.
    closures : tuple of BilateralClosure
        Closures of both eyes that last longer than a blink, by time.
    segments : tuple of TaskSegment
        What the subject was asked to do and when, by time; empty where that is not known.
    marks : tuple of Mark
        Moments that the operator of a live run marked, by time; empty for recorded clips.
    body : BodyFindings or None
        How the limbs move, where the body was tracked.

    Notes
    -----
    Two findings are equal only if they are the same object; compare their tables.
    """

    track: FaceTrack
    series: AsymmetrySeries
    blinks: tuple[Blink, ...]
    episodes: tuple[Episode, ...]
    score: NDArray[np.float32]
    summary: Summary
    config: DetectorConfig
    features: DetectorFeatures | None = None
    marks: tuple[Mark, ...] = ()
    closures: tuple[BilateralClosure, ...] = ()
    segments: tuple[TaskSegment, ...] = ()
    body: BodyFindings | None = None

    def __repr__(self) -> str:
        """Return the key figures in one line."""
        name, found = printable(self.track.source.name), self.summary.episodes
        return (
            f"<{type(self).__name__} of {name}: {self.summary.clip['seconds']:.1f} s, "
            f"{self.track.n_frames} frames, face in {self.summary.quality.coverage:.0%}, "
            f"{count(found.count, 'episode')} ({found.left_count} left, "
            f"{found.right_count} right), {count(len(self.blinks), 'blink')}>"
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What was repaired, looked odd or limits the result."""
        return self.summary.warnings

    @property
    def recording(self) -> Recording:
        """Whose recording it is, when it was made, and of which file."""
        return self.summary.recording

    def with_recording(self, recording: Recording) -> Self:
        """Return the same findings under another name.

        Parameters
        ----------
        recording : Recording
            Whose recording it is; name and SHA-256 of the clip stay, and so does the date that
            its container or the clock stated where no other is given.
        """
        stated = self.recording
        if not recording.date and stated.date_source != "given":
            recording = replace(recording, date=stated.date, date_source=stated.date_source)
        track = replace(self.track, recording=recording)
        summary = replace(self.summary, recording=track.recording)
        return replace(self, track=track, summary=summary)

    def attribute_score(self, episode: Episode) -> dict[str, float]:
        """Return which parts of the face an episode's score rests on, by occlusion.

        Shares of 0 to 1 by part (brow, eye, cheek, mouth, chin, head), the largest first; empty
        for the rules, which name their evidence themselves, and where
        `features` is None.
        """
        grid_s = make_grid(self.series.time_s)
        return make_detector(self.config).attribute_score(episode, grid_s, self.features)
