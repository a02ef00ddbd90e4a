"""The list of recordings as the page expects it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hemiscan.errors import HemiscanError
from hemiscan.results import REVIEW_NAME, SUMMARY_NAME, load_summary
from hemiscan.review import Review, open_review
from hemiscan.studio._library import Item, Library
from hemiscan.study import LOW_ANALYZABLE_SHARE


@dataclass
class RecordingList:
    """The rows of the list, each made anew only when its files have changed.

    Attributes
    ----------
    library : Library
    """

    library: Library
    _known: dict[str, tuple[tuple[int, ...], dict[str, Any]]] = field(default_factory=dict)

    def rows(self) -> list[dict[str, Any]]:
        """Return one row for each recording, by name."""
        return [self._row(item) for item in self.library.items()]

    def _row(self, item: Item) -> dict[str, Any]:
        if item.directory is None:
            return {"id": item.id, "name": item.name, "status": "not analysed"}
        stamp = tuple(_changed_ns(item.directory / name) for name in (SUMMARY_NAME, REVIEW_NAME))
        known = self._known.get(item.id)
        if known is None or known[0] != stamp:
            try:
                row = _analysed_row(item, item.directory)
            except HemiscanError as error:
                text = str(error).replace(f"{self.library.root}{os.sep}", "")
                row = {"id": item.id, "name": item.name, "status": "failed", "error": text}
            known = self._known[item.id] = (stamp, row)
        return known[1]


def _changed_ns(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _analysed_row(item: Item, directory: Path) -> dict[str, Any]:
    summary = load_summary(directory)
    log = open_review(directory)
    review = log.read()
    whose, seconds = summary.recording, float(summary.clip["seconds"])
    return {
        "id": item.id,
        "name": item.name,
        "patient": whose.patient,
        "visit": whose.visit,
        "date": whose.day,
        "task": whose.task,
        "note": whose.note,
        "status": "analysed",
        "duration_s": seconds,
        "coverage": summary.quality.coverage,
        "low_quality": summary.quality.analyzable_s < LOW_ANALYZABLE_SHARE * seconds,
        "episodes": [
            {"start_s": e.start_s, "end_s": e.end_s, "side": e.side, "kind": e.kind}
            for e in log.detected
        ],
        "review": _progress(review),
        "reviewers": review.reviewers,
    }


def _progress(review: Review) -> dict[str, Any]:
    return {"reviewed": review.n_reviewed, "total": review.n_detected, "done": review.is_done}
