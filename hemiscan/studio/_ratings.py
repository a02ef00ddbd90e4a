"""Rating from nothing: recordings in an order drawn by lot, without names and findings."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
import re
import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hemiscan._files import atomic_path
from hemiscan._intervals import Interval
from hemiscan.results import RATINGS_NAME, identify_source
from hemiscan.review import Review, ReviewAction, ReviewLog
from hemiscan.studio._errors import not_found
from hemiscan.studio._library import Item, Library
from hemiscan.studio._recording import OpenRecording, review_to_dict

_ORDERS_NAME = "rating_orders.json"
_COLUMNS = ("start_s", "end_s", "side", "kind", "comment", "rater")


@dataclass
class Ratings:
    """The ratings of all raters of what was opened.

    Attributes
    ----------
    library : Library
    """

    library: Library
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def order(self, rater: str) -> dict[str, Item]:
        """Return the recordings that a rater is to rate, by ids that say nothing about them.

        Parameters
        ----------
        rater : str

        Returns
        -------
        dict of str to Item
            In an order drawn by lot for this rater, which stays the same; recordings that
            were analysed since come after it, likewise drawn.
        """
        items = {item.id: item for item in self.library.items() if item.directory is not None}
        with self._lock:
            orders = self._load_orders()
            drawn = orders.get(rater, {"seed": secrets.token_hex(16), "recordings": []})
            new = sorted(items.keys() - set(drawn["recordings"]))
            if new:
                lot = random.Random(f"{drawn['seed']}{len(drawn['recordings'])}")
                lot.shuffle(new)
                drawn["recordings"] += new
                self._save_orders({**orders, rater: drawn})
        seed, recordings = drawn["seed"], drawn["recordings"]
        return {_blind(seed, item_id): items[item_id] for item_id in recordings if item_id in items}

    def find(self, rater: str, rating_id: str) -> tuple[int, Item]:
        """Return the place of a recording in a rater's order, from 1, and the recording."""
        order = self.order(rater)
        if rating_id not in order:
            raise not_found("such rating")
        return list(order).index(rating_id) + 1, order[rating_id]

    def find_for_anyone(self, rating_id: str) -> Item | None:
        """Return the recording of a rating; None if it is no rating's id."""
        with self._lock:
            raters = list(self._load_orders())
        for rater in raters:
            item = self.order(rater).get(rating_id)
            if item is not None:
                return item
        return None

    def _load_orders(self) -> dict[str, dict[str, Any]]:
        try:
            orders = json.loads((self.library.state_folder / _ORDERS_NAME).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return {
            rater: {"seed": str(order["seed"]), "recordings": [str(r) for r in order["recordings"]]}
            for rater, order in (orders.items() if isinstance(orders, dict) else ())
            if isinstance(order, dict) and {"seed", "recordings"} <= order.keys()
        }

    def _save_orders(self, orders: Mapping[str, Any]) -> None:
        self.library.state_folder.mkdir(exist_ok=True)
        with atomic_path(self.library.state_folder / _ORDERS_NAME) as path:
            path.write_text(json.dumps(orders, ensure_ascii=False, indent=1) + "\n", "utf-8")


def open_rating(recording: OpenRecording, rater: str) -> ReviewLog:
    """Return the log of a rater's rating of a recording, which knows of no detected episode."""
    times = recording.findings.track.time_s
    span = Interval(float(times[0]), float(times[-1])) if len(times) else None
    return ReviewLog(
        path=recording.directory / RATINGS_NAME / f"{_file_stem(rater)}.jsonl",
        span=span,
        source_sha256=identify_source(recording.findings.track),
    )


def rate(
    recording: OpenRecording, rater: str, action: ReviewAction, *, after: int | None
) -> Review:
    """Add an action to a rating, and write it out as the table that ``hemiscan agree`` reads."""
    log = open_rating(recording, rater)
    log.path.parent.mkdir(exist_ok=True)
    review = log.append(action, reviewer=rater, after=after)
    with atomic_path(log.path.with_suffix(".csv")) as path:
        path.write_text(_to_csv(review, rater), encoding="utf-8", newline="")
    return review


def rating_to_dict(recording: OpenRecording, review: Review) -> dict[str, Any]:
    """Return the state of a rating as the page expects it."""
    return review_to_dict(review, recording.describe_all(review))


def _to_csv(review: Review, rater: str) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for episode in review.episodes:
        if episode.counts:
            span = (f"{episode.start_s:.6f}", f"{episode.end_s:.6f}")
            writer.writerow([*span, episode.side, episode.kind or "", episode.comment, rater])
    return file.getvalue()


def _blind(seed: str, item_id: str) -> str:
    return "r" + hashlib.sha256(f"{seed}/{item_id}".encode()).hexdigest()[:16]


def _file_stem(rater: str) -> str:
    """Return a rater's name as that of a file: different ones for different names."""
    plain = re.sub(r"[^A-Za-z0-9-]+", "_", rater).strip("_")[:40]
    if plain == rater:
        return plain
    return f"{plain}_{hashlib.sha256(rater.encode()).hexdigest()[:6]}".lstrip("_")


def rating_items(
    order: Mapping[str, Item], reviews: Sequence[tuple[float, Review]]
) -> list[dict[str, Any]]:
    """Return the list of what there is to rate as the page expects it."""
    return [
        {
            "id": rating_id,
            "number": number,
            "duration_s": duration_s,
            "done": review.is_done,
            "episodes": sum(episode.counts for episode in review.episodes),
        }
        for number, (rating_id, (duration_s, review)) in enumerate(
            zip(order, reviews, strict=True), start=1
        )
    ]
