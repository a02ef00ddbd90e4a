"""What both halves do together, and which episodes come with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hemiscan._intervals import HasSpan
from hemiscan.asymmetry.series import AsymmetrySeries
from hemiscan.clinical.observation import ObservationTime
from hemiscan.clinical.synkinesis import (
    SynkinesisMeasures,
    eye_movements,
    mark_synkinesis,
    measure_synkinesis,
)
from hemiscan.clinical.weakness import Smile, detect_smiles
from hemiscan.episodes.closures import BilateralClosure
from hemiscan.episodes.events import Blink, Episode
from hemiscan.tasks.segments import TaskSegment, segment_at


@dataclass(frozen=True)
class BilateralMovements:
    """What both halves do together, and what follows it on one side.

    Attributes
    ----------
    eyes : tuple of HasSpan
        Blinks and longer closures by time.
    smiles : tuple of Smile
    synkinesis : SynkinesisMeasures
        Which regions move along with them.
    """

    eyes: tuple[HasSpan, ...]
    smiles: tuple[Smile, ...]
    synkinesis: SynkinesisMeasures


def find_bilateral_movements(
    series: AsymmetrySeries,
    blinks: Sequence[Blink],
    closures: Sequence[BilateralClosure],
    observation: ObservationTime,
    *,
    min_quality: float,
) -> BilateralMovements:
    """Find what both halves do together, and what follows it.

    Parameters
    ----------
    series : AsymmetrySeries
    blinks : sequence of Blink
    closures : sequence of BilateralClosure
    observation : ObservationTime
    min_quality : float
        Frames of less quality say nothing.

    Returns
    -------
    BilateralMovements
    """
    eyes = tuple(eye_movements(blinks, closures))
    smiles = detect_smiles(series, observation)
    synkinesis = measure_synkinesis(series, eyes, smiles, min_quality=min_quality)
    return BilateralMovements(eyes, smiles, synkinesis)


def mark_origins(
    episodes: Sequence[Episode], movements: BilateralMovements, segments: Sequence[TaskSegment]
) -> tuple[Episode, ...]:
    """Return the episodes with their origins: by themselves, on command, or synkinesis.

    Parameters
    ----------
    episodes : sequence of Episode
    movements : BilateralMovements
    segments : sequence of TaskSegment
        In their order.

    Returns
    -------
    tuple of Episode
    """
    marked = []
    for episode in mark_synkinesis(
        episodes, movements.synkinesis, movements.eyes, movements.smiles
    ):
        segment = segment_at(segments, episode.start_s)
        if episode.is_spasm and segment is not None and segment.is_commanded:
            episode = replace(episode, origin="command")
        marked.append(episode)
    return tuple(marked)
