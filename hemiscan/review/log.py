"""The log of a review: a file that only ever grows, and survives a crash at any moment."""

from __future__ import annotations

import io
import json
import os
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from hemiscan._files import append_whole, reported
from hemiscan._folder import sync_folder
from hemiscan._intervals import Interval
from hemiscan._lock import locked_file
from hemiscan.episodes.events import Episode
from hemiscan.errors import ResultFileError, ReviewConflictError
from hemiscan.review.actions import DetectedSpan, ReviewAction, ReviewEntry, check_reviewer
from hemiscan.review.state import Review, check_action, check_overlaps, replay

_FORMAT, _VERSION = "hemiscan review", 1


@dataclass(frozen=True)
class ReviewLog:
    """The log of what people did to the episodes of one recording, a JSON object a line.

    Attributes
    ----------
    path : Path
        The file; made by the first entry.
    detected : tuple of Episode
        What the detector says; empty for a rating from nothing.
    span : Interval or None
        The recording's first and last moment, which no episode reaches beyond.
    source_sha256 : str
        Of the recording, see `hemiscan.results.identify_source`; a log of another one is
        refused.
    """

    path: Path
    detected: tuple[Episode, ...] = ()
    span: Interval | None = None
    source_sha256: str = ""

    def read(self) -> Review:
        """Return the state of the review.

        Raises
        ------
        ResultFileError
            If the file cannot be read, is damaged or of another recording. A last line that
            was cut off by a crash was never confirmed to anybody, and does not count.
        """
        return replay(self.entries(), self.detected)

    def entries(self) -> tuple[ReviewEntry, ...]:
        """Return all entries, those that were undone included; see `read` for the errors."""
        return self._parse(self._content()).entries

    def append(self, action: ReviewAction, *, reviewer: str, after: int | None = None) -> Review:
        """Add an action; when this returns, it is on the disk.

        Parameters
        ----------
        action : ReviewAction
        reviewer : str
            Who does it.
        after : int, optional
            `Review.seq` of the state that the reviewer saw.

        Returns
        -------
        Review
            The state after it.

        Raises
        ------
        ValueError
            If it cannot be done in the present state, or the reviewer has no name.
        ReviewConflictError
            If somebody else has added an action since ``after``.
        OutputError, ResultFileError
            If the file cannot be written, or not read.
        """
        check_reviewer(reviewer)
        with locked_file(self.path):
            content = self._content()
            parsed = self._parse(content)
            seq = parsed.entries[-1].seq if parsed.entries else 0
            if after is not None and after != seq:
                raise ReviewConflictError(
                    f"{self.path.name}: somebody else has changed the review meanwhile; "
                    "look at its present state and try again"
                )
            before = replay(parsed.entries, self.detected)
            entry = self._make_entry(before, action, reviewer)
            review = replay([*parsed.entries, entry], self.detected)
            if entry.action.episode and entry.action.name != "comment":
                check_overlaps(review, review.find(entry.action.episode))
            self._write(content, parsed, entry)
        return review

    def _make_entry(self, before: Review, action: ReviewAction, reviewer: str) -> ReviewEntry:
        action = replace(action, values=self._cut(dict(action.values)))
        check_action(before, action)
        if action.name == "change" and {"start_s", "end_s"} & set(action.values):
            # Both edges, so that they fit together after a new analysis, too.
            episode = before.find(action.episode)
            edges = {"start_s": episode.start_s, "end_s": episode.end_s}
            action = replace(action, values={**edges, **action.values})
        detected = None
        if action.name == "add":
            action = replace(action, episode=f"a{secrets.token_hex(4)}")
        elif action.episode:
            episode = before.find(action.episode)
            detected = episode.decided
            if detected is None and episode.detected is not None:
                found = episode.detected
                detected = DetectedSpan(found.start_s, found.end_s, found.side)
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        return ReviewEntry(
            seq=before.seq + 1,
            id=secrets.token_hex(8),
            time=now.replace("+00:00", "Z"),
            reviewer=reviewer,
            action=action,
            detected=detected,
        )

    def _cut(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return values of an episode with times inside the recording."""
        if self.span is None:
            return values
        first, last = round(self.span.start_s, 6), round(self.span.end_s, 6)
        for name in ("start_s", "end_s"):
            if name in values:
                values[name] = min(max(values[name], first), last)
        return values

    def _content(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""
        except OSError as error:
            raise ResultFileError(f"cannot read {self.path}: {error.strerror or error}") from error

    def _parse(self, content: bytes) -> _Parsed:
        lines = content.split(b"\n")
        entries: list[ReviewEntry] = []
        whole = 0
        for number, line in enumerate(lines, start=1):
            try:
                if number == 1:
                    self._check_header(line)
                elif line.strip():
                    entry = ReviewEntry.from_json(line.decode("utf-8"))
                    if entries and entry.seq <= entries[-1].seq:
                        raise ValueError(f"entry {entry.seq} follows entry {entries[-1].seq}")
                    entries.append(entry)
            except (ValueError, TypeError, RecursionError) as error:
                if number == len(lines):  # cut off while it was written
                    break
                raise ResultFileError(
                    f"{self.path}: line {number}: damaged ({error}); restore it from a copy, or "
                    "take the line out"
                ) from error
            whole += len(line) + 1
        return _Parsed(tuple(entries), min(whole, len(content)), has_header=whole > 0)

    def _check_header(self, line: bytes) -> None:
        header = json.loads(line)
        if not isinstance(header, dict) or header.get("format") != _FORMAT:
            raise ValueError("not a review")
        if header.get("version") != _VERSION:
            raise ResultFileError(
                f"{self.path}: of a newer version of hemiscan ({header.get('version')}); update it"
            )
        of = header.get("source_sha256", "")
        if of and self.source_sha256 and of != self.source_sha256:
            raise ResultFileError(
                f"{self.path}: is the review of another recording; move it to the results of that"
            )

    def _write(self, content: bytes, parsed: _Parsed, entry: ReviewEntry) -> None:
        """Take a torn end away, and add the entry."""
        header = {"format": _FORMAT, "version": _VERSION, "source_sha256": self.source_sha256}
        text = "" if parsed.has_header else json.dumps(header) + "\n"
        kept = content[: parsed.whole_bytes]
        if kept and not kept.endswith(b"\n"):
            text = "\n" + text
        is_new = not self.path.exists()
        with reported(self.path):
            with self.path.open("ab", buffering=0) as file:
                file.truncate(len(kept))
                file.seek(0, io.SEEK_END)
                append_whole(file, (text + entry.to_json() + "\n").encode("utf-8"))
                os.fsync(file.fileno())
            if is_new:
                sync_folder(self.path.parent)


@dataclass(frozen=True)
class _Parsed:
    """What a file holds, and how many of its bytes are whole lines."""

    entries: tuple[ReviewEntry, ...]
    whole_bytes: int
    has_header: bool
