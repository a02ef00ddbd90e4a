"""The findings of a recording as they are after its review."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import TypeVar

import numpy as np

from hemiscan._intervals import HasSpan, Interval, overlap_s
from hemiscan.body import BodyFindings, compute_coincidences
from hemiscan.clinical.summary import ReviewFacts, summarize
from hemiscan.episodes import (
    Blink,
    Episode,
    GridScores,
    Side,
    describe_episode,
    detect_blinks,
    exclude_spasms,
    make_grid,
    resample,
)
from hemiscan.findings import Findings
from hemiscan.review.state import Review, ReviewedEpisode

_FindingsT = TypeVar("_FindingsT", bound=Findings)


class EpisodeDescriber:
    """Measures episodes that a reviewer drew, as those of the detector are measured.

    Parameters
    ----------
    findings : Findings
        As detected.
    """

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._measure = lru_cache(maxsize=1024)(self._measured)

    def describe(self, reviewed: ReviewedEpisode) -> Episode:
        """Return an episode as reviewed.

        Parameters
        ----------
        reviewed : ReviewedEpisode

        Returns
        -------
        Episode
            The detected one where the reviewer left it as it was. Else regions, kind and
            twitches are measured in its span, unless they were set by hand. The confidence is
            the detector's; NaN where the detector found nothing.
        """
        found = reviewed.detected
        if found is not None and reviewed.is_as_detected:
            return found
        episode = self._measure(reviewed.start_s, reviewed.end_s, reviewed.side)
        return replace(
            episode,
            regions=episode.regions if reviewed.regions is None else reviewed.regions,
            kind=episode.kind if reviewed.kind is None else reviewed.kind,
            confidence=math.nan if found is None else found.confidence,
        )

    def _measured(self, start_s: float, end_s: float, side: Side) -> Episode:
        span = Interval(start_s, end_s)
        return describe_episode(self._movement, span, side, math.nan, self._findings.config)

    @cached_property
    def _movement(self) -> GridScores:
        """The movement of both halves on the time grid, in which episodes are described."""
        series = self._findings.series
        grid_s = make_grid(series.time_s)
        left, right = (
            resample(series.time_s, half, grid_s) for half in (series.left, series.right)
        )
        # What the detector thinks of it does not matter.
        unknown = np.full((len(grid_s), 2), np.nan)
        return GridScores(grid_s, unknown, left, right, unknown[:, 0])


def apply_review(
    findings: _FindingsT, review: Review, *, describer: EpisodeDescriber | None = None
) -> _FindingsT:
    """Return what was found in a recording, as reviewed.

    Parameters
    ----------
    findings : Findings
        As detected; it stays as it is.
    review : Review
    describer : EpisodeDescriber, optional
        Of these findings, where several states of a review are applied to them.

    Returns
    -------
    Findings
        Accepted, unreviewed, changed and added episodes, without the rejected ones. Closures
        of the eyes that are no spasm any more count as blinks, if they are such, and the other
        way round. The summary is computed anew, and tells of the review.
    """
    describer = describer or EpisodeDescriber(findings)
    counted = [describer.describe(episode) for episode in counting_episodes(review)]
    episodes = tuple(sorted(counted, key=lambda episode: (episode.start_s, episode.side)))
    blinks = _blinks_beside(findings, episodes)
    body = _body_beside(findings, episodes)
    told = findings.summary
    summary = replace(
        summarize(
            findings.track,
            findings.series,
            blinks,
            episodes,
            findings.config,
            closures=findings.closures,
            segments=findings.segments,
            body=None if body is None else body.measures,
        ),
        clip=told.clip,
        versions=told.versions,
        quality=told.quality,
        warnings=tuple(dict.fromkeys([*told.warnings, *review.remarks])),
        live=told.live,
        review=review_facts(review),
    )
    return replace(findings, blinks=blinks, episodes=episodes, summary=summary, body=body)


def _body_beside(findings: Findings, episodes: Sequence[Episode]) -> BodyFindings | None:
    """Return the body's findings, with the coincidence of its episodes and the reviewed ones."""
    body = findings.body
    if body is None:
        return None
    coincidences = compute_coincidences(episodes, body.episodes, findings.track.time_s)
    return replace(body, measures=replace(body.measures, coincidences=coincidences))


def review_facts(review: Review) -> ReviewFacts:
    """Return what a summary tells of a review."""
    return ReviewFacts(
        reviewers=review.reviewers,
        is_done=review.is_done,
        n_entries=review.seq,
        accepted_count=review.count("accepted"),
        rejected_count=review.count("rejected"),
        changed_count=review.count("changed"),
        added_count=review.count("added"),
        unreviewed_count=review.count("unreviewed"),
        unmatched_count=review.n_unmatched,
    )


def counting_episodes(review: Review) -> list[ReviewedEpisode]:
    """Return the episodes that count, none of which overlaps another one of its side.

    Only after a new analysis can they: then what a person decided about counts more than what
    the detector says now, and what two decisions overlap in is one episode.
    """
    counting = [episode for episode in review.episodes if episode.counts]
    kept: list[ReviewedEpisode] = []
    for episode in sorted(counting, key=lambda e: (e.state == "unreviewed", e.start_s)):
        overlapped = [o for o in kept if o.side == episode.side and overlap_s(o, episode) > 0]
        if not overlapped:
            kept.append(episode)
        elif episode.state != "unreviewed":
            hull = [*overlapped, episode]
            kept = [other for other in kept if other not in overlapped]
            start_s, end_s = min(e.start_s for e in hull), max(e.end_s for e in hull)
            kept.append(replace(overlapped[0], start_s=start_s, end_s=end_s))
    return kept


def _blinks_beside(findings: Findings, episodes: Sequence[Episode]) -> tuple[Blink, ...]:
    """Return the blinks of a recording with other episodes than the detected ones."""
    gone = [episode for episode in findings.episodes if episode not in episodes]
    new = [episode for episode in episodes if episode not in findings.episodes]
    blinks = list(findings.blinks)
    if gone:
        found = detect_blinks(findings.series, findings.config)
        closures = [b for b in found if _overlaps(b, gone) and not _overlaps(b, blinks)]
        blinks += exclude_spasms(closures, episodes, findings.series)
    blinks = list(exclude_spasms(blinks, new, findings.series))
    return tuple(sorted(blinks, key=lambda blink: blink.start_s))


def _overlaps(span: HasSpan, others: Sequence[HasSpan]) -> bool:
    return any(overlap_s(span, other) > 0 for other in others)
