"""What all actions of a review come to: the state of every episode."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from hemiscan._intervals import Interval, iou, overlap_s
from hemiscan.episodes.events import Episode, Kind, Side
from hemiscan.review.actions import DetectedSpan, ReviewAction, ReviewEntry

ReviewState: TypeAlias = Literal["unreviewed", "accepted", "rejected", "changed", "added"]

_SAME_S = 1e-5
"""Times of one detection differ by less: the tables hold microseconds."""


@dataclass(frozen=True)
class ReviewedEpisode(Interval):
    """One episode as it stands after the review.

    Attributes
    ----------
    start_s, end_s : float
        Half-open span in seconds from the clip's first frame.
    id : str
        ``d`` and the number of a detected episode, ``a`` and letters of an added one, ``u`` and
        a number of one that was decided about and is not detected any more.
    side : {"left", "right"}
    kind : {"clonic", "tonic"} or None
        As the reviewer says; None where it is left to the measurement.
    regions : tuple of str or None
        Likewise.
    state : {"unreviewed", "accepted", "rejected", "changed", "added"}
    comment : str
    reviewer, time : str
        Who acted on it last, and when; empty where nobody did.
    detected : Episode or None
        What the detector says; None where it says nothing.
    decided : DetectedSpan or None
        What the detector said when it was first decided about; None where it was not.
    """

    id: str
    side: Side
    kind: Kind | None = None
    regions: tuple[str, ...] | None = None
    state: ReviewState = "unreviewed"
    comment: str = ""
    reviewer: str = ""
    time: str = ""
    detected: Episode | None = None
    decided: DetectedSpan | None = None

    @property
    def counts(self) -> bool:
        """Whether it is an episode as reviewed: all but the rejected ones are."""
        return self.state != "rejected"

    @property
    def is_unmatched(self) -> bool:
        """Whether it was decided about and is not detected any more."""
        return self.id.startswith("u")

    @property
    def is_as_detected(self) -> bool:
        """Whether it is what the detector says."""
        found = self.detected
        return (
            found is not None
            and (self.start_s, self.end_s) == (found.start_s, found.end_s)
            and self.side == found.side
            and self.kind is None
            and self.regions is None
        )


@dataclass(frozen=True)
class Review:
    """The state of a recording's review.

    Attributes
    ----------
    seq : int
        Number of the last entry; 0 before the first.
    episodes : tuple of ReviewedEpisode
        By start, rejected ones included.
    reviewers : tuple of str
        All who acted, in order of their first action.
    comment : str
        On the whole recording.
    is_done : bool
        Whether a reviewer has finished it.
    can_undo, can_redo : bool
        Whether there is an action to take back, or one to repeat.
    remarks : tuple of str
        Which decisions are about episodes that are detected elsewhere now, or not any more.
    """

    seq: int = 0
    episodes: tuple[ReviewedEpisode, ...] = ()
    reviewers: tuple[str, ...] = ()
    comment: str = ""
    is_done: bool = False
    can_undo: bool = False
    can_redo: bool = False
    remarks: tuple[str, ...] = ()

    def find(self, episode_id: str) -> ReviewedEpisode:
        """Return an episode by its id.

        Raises
        ------
        ValueError
            If there is none.
        """
        for episode in self.episodes:
            if episode.id == episode_id:
                return episode
        raise ValueError(f"there is no episode {episode_id!r}")

    def count(self, state: ReviewState) -> int:
        """Return how many episodes are in a state."""
        return sum(episode.state == state for episode in self.episodes)

    @property
    def n_detected(self) -> int:
        """Number of detected episodes."""
        return sum(episode.detected is not None for episode in self.episodes)

    @property
    def n_reviewed(self) -> int:
        """Number of detected episodes that somebody decided about."""
        return self.n_detected - self.count("unreviewed")

    @property
    def n_unmatched(self) -> int:
        """Number of decisions about episodes that are not detected any more."""
        return sum(episode.is_unmatched for episode in self.episodes)


def replay(entries: Iterable[ReviewEntry], detected: Sequence[Episode] = ()) -> Review:
    """Return what the entries of a log come to.

    Parameters
    ----------
    entries : iterable of ReviewEntry
        In the order of the log.
    detected : sequence of Episode
        What the detector says now. Decisions about episodes of an earlier analysis count for
        the episode of the same side that overlaps them most; those that have none are kept
        as episodes of their own.

    Returns
    -------
    Review
    """
    entries = list(entries)
    done, undone = _effective(entries)
    ids, remarks = _match(entries, detected)
    episodes = {
        f"d{number}": ReviewedEpisode(e.start_s, e.end_s, f"d{number}", e.side, detected=e)
        for number, e in enumerate(detected, start=1)
    }
    comment, is_done = "", False
    for entry in done:
        action = entry.action
        if action.name in ("finish", "reopen"):
            is_done = action.name == "finish"
        elif not action.episode:
            comment = action.comment
        else:
            episode_id = action.episode if entry.detected is None else ids[entry.detected]
            acted = _act(episodes.get(episode_id), episode_id, entry)
            if acted is not None:
                episodes[episode_id] = acted
    for span, episode_id in ids.items():
        if episode_id in episodes:
            episodes[episode_id] = replace(episodes[episode_id], decided=span)
    shown = [
        e
        for e in episodes.values()
        if not e.is_unmatched or e.state != "unreviewed" or e.comment  # nothing decided
    ]
    return Review(
        seq=entries[-1].seq if entries else 0,
        episodes=tuple(sorted(shown, key=lambda e: (e.start_s, e.end_s, e.side, e.id))),
        reviewers=tuple(dict.fromkeys(entry.reviewer for entry in entries)),
        comment=comment,
        is_done=is_done,
        can_undo=bool(done),
        can_redo=bool(undone),
        remarks=remarks,
    )


def check_action(review: Review, action: ReviewAction) -> None:
    """Refuse an action that cannot be done in the state of a review.

    Raises
    ------
    ValueError
        If there is no such episode, or nothing to undo or redo.
    """
    if action.name == "undo" and not review.can_undo:
        raise ValueError("there is nothing to undo")
    if action.name == "redo" and not review.can_redo:
        raise ValueError("there is nothing to redo")
    if action.episode and action.name != "add":
        episode = review.find(action.episode)
        start_s = action.values.get("start_s", episode.start_s)
        end_s = action.values.get("end_s", episode.end_s)
        if end_s <= start_s:
            raise ValueError(f"end ({end_s:g} s) must be later than start ({start_s:g} s)")


def check_overlaps(review: Review, changed: ReviewedEpisode) -> None:
    """Refuse a state in which an episode overlaps another one of its side.

    Raises
    ------
    ValueError
        It names the other one.
    """
    for other in review.episodes:
        apart = other.id == changed.id or other.side != changed.side
        if not apart and other.counts and changed.counts and overlap_s(other, changed) > 0:
            raise ValueError(
                f"it would overlap the {other.side} episode from {other.start_s:.2f} to "
                f"{other.end_s:.2f} s; change that one, or reject it first"
            )


def _effective(entries: Sequence[ReviewEntry]) -> tuple[list[ReviewEntry], list[ReviewEntry]]:
    """Return the entries that count, and those that were undone and can be repeated."""
    done: list[ReviewEntry] = []
    undone: list[ReviewEntry] = []
    for entry in entries:
        name = entry.action.name
        if name == "undo":
            undone += [done.pop()] if done else []
        elif name == "redo":
            done += [undone.pop()] if undone else []
        else:
            done.append(entry)
            undone.clear()
    return done, undone


def _match(
    entries: Sequence[ReviewEntry], detected: Sequence[Episode]
) -> tuple[dict[DetectedSpan, str], tuple[str, ...]]:
    """Return the ids of the episodes that decisions were about, and what became of those."""
    spans = list(dict.fromkeys(e.detected for e in entries if e.detected is not None))
    pairs = sorted(
        (-iou(span, episode), index, number)
        for index, span in enumerate(spans)
        for number, episode in enumerate(detected, start=1)
        if span.side == episode.side and overlap_s(span, episode) > 0
    )
    ids: dict[DetectedSpan, str] = {}
    taken: set[int] = set()
    for _, index, number in pairs:
        if spans[index] not in ids and number not in taken:
            ids[spans[index]] = f"d{number}"
            taken.add(number)
    remarks = []
    for span in spans:
        where = f"the {span.side} episode from {span.start_s:.2f} to {span.end_s:.2f} s"
        if span not in ids:
            ids[span] = f"u{sum(id_.startswith('u') for id_ in ids.values()) + 1}"
            remarks.append(f"{where} was decided about and is not detected any more")
            continue
        now = detected[int(ids[span][1:]) - 1]
        if max(abs(now.start_s - span.start_s), abs(now.end_s - span.end_s)) > _SAME_S:
            remarks.append(
                f"{where} was decided about and is now detected from {now.start_s:.2f} to "
                f"{now.end_s:.2f} s"
            )
    return ids, tuple(remarks)


def _act(
    episode: ReviewedEpisode | None, episode_id: str, entry: ReviewEntry
) -> ReviewedEpisode | None:
    """Return an episode after an action; None where it is about nothing that is known."""
    action, span = entry.action, entry.detected
    values: dict[str, Any] = dict(action.values)
    if values.get("regions") is not None:
        values["regions"] = tuple(values["regions"])
    if episode is None:
        if action.name == "add":
            episode = ReviewedEpisode(id=episode_id, state="added", **values)
        elif span is not None:
            episode = ReviewedEpisode(span.start_s, span.end_s, episode_id, span.side)
        else:
            return None
    by: dict[str, Any] = {"reviewer": entry.reviewer, "time": entry.time}
    if action.name == "comment":
        return replace(episode, comment=action.comment, **by)
    if action.name == "restore":
        return replace(_restored(episode, span), **by)
    if action.name == "change":
        episode = replace(episode, **values)
    state: ReviewState = "accepted"
    if action.name == "reject":
        state = "rejected"
    elif episode.id.startswith("a"):
        state = "added"
    elif not _is_as_found(episode, span):
        state = "changed"
    return replace(episode, state=state, **by)


def _restored(episode: ReviewedEpisode, span: DetectedSpan | None) -> ReviewedEpisode:
    """Return an episode as it was detected; one that was added stays as it is."""
    found = episode.detected or span
    if found is None:
        return replace(episode, state="added")
    return replace(
        episode,
        start_s=found.start_s,
        end_s=found.end_s,
        side=found.side,
        kind=None,
        regions=None,
        state="unreviewed",
    )


def _is_as_found(episode: ReviewedEpisode, span: DetectedSpan | None) -> bool:
    if episode.detected is not None or span is None:
        return episode.is_as_detected
    is_at_span = (episode.start_s, episode.end_s, episode.side) == (
        span.start_s,
        span.end_s,
        span.side,
    )
    return is_at_span and episode.kind is None and episode.regions is None
