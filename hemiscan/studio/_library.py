"""What was opened: recordings with results, and clips without."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from hemiscan._text import printable
from hemiscan.errors import HemiscanError, ManifestError, ResultFileError
from hemiscan.results import (
    RATINGS_NAME,
    REVIEWED_NAME,
    SUMMARY_NAME,
    holds_results,
    load_clip_name,
)
from hemiscan.studio._errors import RequestRefusedError, not_found
from hemiscan.study import RECORDINGS_NAME, VIDEO_SUFFIXES
from hemiscan.study import STATE_NAME as STUDY_STATE_NAME
from hemiscan.video import compute_sha256

LibraryKind: TypeAlias = Literal["result", "study", "folder"]

STATE_NAME = ".hemiscan-studio"
"""Folder inside the opened one: videos that the browser can play, which can be made again, and the
orders in which raters see the recordings."""

_MANIFEST_NAME = "manifest.csv"
_OWN_VIDEOS = ("annotated.mp4",)
_MAX_DEPTH = 6
_MAX_ENTRIES = 50_000
_SCAN_EVERY_S = 2.0


@dataclass(frozen=True)
class Item:
    """One recording: results, or a clip that was not analysed yet.

    Attributes
    ----------
    id : str
        Tells nothing about where it lies.
    name : str
        Of the clip.
    directory : Path or None
        With the results; None where there are none.
    clip : Path or None
        The clip; None for results, whose clip is sought when it is needed.
    """

    id: str
    name: str
    directory: Path | None = None
    clip: Path | None = None


@dataclass
class Library:
    """The recordings in what was opened, and nothing outside of it.

    Attributes
    ----------
    root : Path
        A folder of results, of a study, or of anything that holds clips and results.
    clips : tuple of Path
        Clips, and folders of clips, that results may be of, beside those in the root.
    """

    root: Path
    clips: tuple[Path, ...] = ()
    _items: dict[str, Item] = field(default_factory=dict)
    _videos: list[Path] = field(default_factory=list)
    _scanned_s: float = -1e9
    _hashes: dict[tuple[str, int, int], str] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        if not self.root.is_dir():
            raise ResultFileError(
                f"{self.root}: is not a folder; name results, a study, or a folder with them"
            )
        for path in self.clips:
            if not path.exists():
                raise ResultFileError(f"{path}: there is no such clip or folder")
        self.root = self.root.resolve()
        self.clips = tuple(path.resolve() for path in self.clips)

    @property
    def kind(self) -> LibraryKind:
        """What was opened."""
        if holds_results(self.root):
            return "result"
        return "study" if (self.root / STUDY_STATE_NAME).is_file() else "folder"

    @property
    def state_folder(self) -> Path:
        """Where the studio keeps what it makes; it may not exist yet."""
        return self.root / STATE_NAME

    def items(self, *, again: bool = False) -> list[Item]:
        """Return all recordings, by name; looks at the disk again after a while."""
        with self._lock:
            now_s = time.monotonic()
            if again or now_s - self._scanned_s > _SCAN_EVERY_S:
                self._scan()
                self._scanned_s = time.monotonic()
            return sorted(self._items.values(), key=lambda item: (item.name.casefold(), item.id))

    def find(self, item_id: str) -> Item:
        """Return a recording.

        Raises
        ------
        RequestRefusedError
            If there is none of this id, or it leads out of what was opened.
        """
        with self._lock:
            if item_id not in self._items:
                self.items(again=True)
            item = self._items.get(item_id)
        if item is None:
            raise not_found("such recording")
        if item.directory is not None:
            for path in (item.directory, *item.directory.iterdir()):
                self.confine(path)
        return item

    def find_results(self, item_id: str) -> Path:
        """Return the folder of a recording that was analysed.

        Raises
        ------
        RequestRefusedError
            Like `find`; also if there are no results.
        """
        directory = self.find(item_id).directory
        if directory is None:
            raise RequestRefusedError(409, "this clip was not analysed yet")
        return directory

    def confine(self, path: Path) -> Path:
        """Return a path inside of what was opened.

        Raises
        ------
        RequestRefusedError
            If it leads out of it, by a link for example.
        """
        try:
            resolved = path.resolve(strict=True)
        except (OSError, RuntimeError) as error:  # RuntimeError: links in a circle
            raise not_found(f"{path.name}") from error
        if not resolved.is_relative_to(self.root):
            raise RequestRefusedError(403, f"{path.name} leads out of the opened folder")
        return resolved

    def find_clip(self, directory: Path, name: str, sha256: str) -> Path | None:
        """Return the clip that results were made of, known by its name and its content.

        Parameters
        ----------
        directory : Path
            Of the results.
        name, sha256 : str
            As the results tell; of a live run, whose clip has no SHA-256, its recording.

        Returns
        -------
        Path or None
            None where it is nowhere that the studio may look.
        """
        if not sha256:
            recording = directory / "recording.mp4"
            return self.confine(recording) if recording.is_file() else None
        self.items()
        for path in self._candidates(directory):
            if printable(path.name) == name and self._has_sha256(path, sha256):
                return path
        # Perhaps it was renamed since.
        given = [path for path in self.clips if path.is_file()]
        return next((path for path in given if self._has_sha256(path, sha256)), None)

    def may_have_clip(self, directory: Path, name: str) -> bool:
        """Return whether a clip of the name is where the studio may look."""
        if (directory / "recording.mp4").is_file() or any(path.is_file() for path in self.clips):
            return True
        return any(printable(path.name) == name for path in self._candidates(directory))

    def _candidates(self, directory: Path) -> list[Path]:
        """Return the videos that results in a folder may be of."""
        named = [path for path in self.clips if path.is_file()]
        folders = [path for path in self.clips if path.is_dir()]
        if self.kind == "result":
            folders.append(self.root.parent)  # clips often lie beside their results
        beside = [video for folder in folders for video in _videos_in(folder)]
        own = [path for path in _videos_in(directory) if path.name not in _OWN_VIDEOS]
        with self._lock:
            return list(dict.fromkeys([*own, *named, *self._videos, *beside]))

    def _has_sha256(self, path: Path, sha256: str) -> bool:
        try:
            status = path.stat()
            key = (str(path), status.st_size, status.st_mtime_ns)
            if key not in self._hashes:
                self._hashes[key] = compute_sha256(path)
        except (OSError, HemiscanError):
            return False
        return self._hashes[key] == sha256

    def _scan(self) -> None:
        directories, videos = _walk(self.root)
        if self.kind == "study":
            videos = list(dict.fromkeys([*videos, *self._clips_of_study()]))
        items: dict[str, Item] = {}
        known = set()
        for directory in directories:
            try:
                name = load_clip_name(directory)
            except HemiscanError:
                continue
            known.add(name)
            item = Item(self._id(directory), name or directory.name, directory=directory)
            items[item.id] = item
        for path in videos:
            if printable(path.name) not in known and not _belongs_to_results(path):
                item = Item(self._id(path), printable(path.name), clip=path)
                items[item.id] = item
        self._items, self._videos = items, videos

    def _clips_of_study(self) -> Iterator[Path]:
        """Yield the clips that the study's own manifest names."""
        from hemiscan.study import load_manifest

        try:
            rows = load_manifest(self.confine(self.root / _MANIFEST_NAME)).rows
        except (ManifestError, RequestRefusedError):
            return
        yield from (row.clip for row in rows if row.clip.is_file())

    def _id(self, path: Path) -> str:
        return hashlib.sha256(os.fsencode(os.path.relpath(path, self.root))).hexdigest()[:16]


def _walk(root: Path) -> tuple[list[Path], list[Path]]:
    """Return the folders with results and the videos below a folder; links are not followed."""
    directories: list[Path] = []
    videos: list[Path] = []
    waiting: list[tuple[Path, int]] = [(root, 0)]
    n_entries = 0
    while waiting and n_entries < _MAX_ENTRIES:
        folder, depth = waiting.pop(0)
        holds = (folder / SUMMARY_NAME).is_file() and holds_results(folder)
        if holds:
            directories.append(folder)
        for entry in _entries(folder):
            n_entries += 1
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                is_own = holds and entry.name in (REVIEWED_NAME, RATINGS_NAME)
                if depth < _MAX_DEPTH and not is_own:
                    waiting.append((Path(entry.path), depth + 1))
            elif _is_video(entry):
                videos.append(Path(entry.path))
    return directories, videos


def _videos_in(folder: Path) -> list[Path]:
    return [Path(entry.path) for entry in _entries(folder) if _is_video(entry)]


def is_video_name(name: str) -> bool:
    """Return whether a file's name is that of a video."""
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 - no Path for each of many
    return suffix in VIDEO_SUFFIXES


def _is_video(entry: os.DirEntry[str]) -> bool:
    return is_video_name(entry.name) and entry.is_file(follow_symlinks=False)


def _entries(folder: Path) -> Sequence[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def is_of_study(directory: Path) -> bool:
    """Return whether results lie in the folder of a study, wherever it was opened."""
    recordings = directory.parent
    return recordings.name == RECORDINGS_NAME and (recordings.parent / STUDY_STATE_NAME).is_file()


def _belongs_to_results(path: Path) -> bool:
    """Return whether a video was written together with results."""
    return path.name in ("recording.mp4", *_OWN_VIDEOS) and (path.parent / SUMMARY_NAME).is_file()
