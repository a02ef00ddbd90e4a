"""What a study has done so far: ``study.json``, and the journal of a run under way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Literal, TypeAlias

from hemiscan._files import append_whole, find_foreign, reported
from hemiscan.errors import OutputError, ResultFileError

STATE_NAME, JOURNAL_NAME = "study.json", "study.journal"
RECORDINGS_NAME, PATIENTS_NAME = "recordings", "patients"

_FORMAT = "hemiscan study"
_FORMAT_VERSION = 1

Status: TypeAlias = Literal["done", "failed", "waiting"]
"""Of a clip; "waiting" only while a run is under way or after it was stopped."""


@dataclass(frozen=True)
class ClipState:
    """What is known of the results of one row of the manifest.

    Attributes
    ----------
    folder : str
        Its name inside ``recordings/``.
    patient, visit, date, task, clip : str
        As in the manifest; of the clip its name alone.
    status : {"done", "failed", "waiting"}
        Whether the folder holds its results.
    error : str
        Why it failed, in one line.
    sha256 : str
        Of the clip; empty unless it is done, as all below.
    size, mtime_ns : int
        Of the clip's file: where they are the same, it is not read again.
    settings_sha256 : str
        Of all that decides about the results besides the clip.
    summary_sha256 : str
        Of ``summary.json``, by which the results are known to be those of this run.
    """

    folder: str
    patient: str = ""
    visit: str = ""
    date: str = ""
    task: str = ""
    clip: str = ""
    status: Status = "waiting"
    error: str = ""
    sha256: str = ""
    size: int = 0
    mtime_ns: int = 0
    settings_sha256: str = ""
    summary_sha256: str = ""

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ClipState:
        """Return the state that `asdict` was called on.

        Raises
        ------
        ValueError
            If it is none.
        """
        types = {field.name: type(field.default) for field in fields(cls)} | {"folder": str}
        known = {name: values[name] for name in types if name in values}
        for name, value in known.items():
            if not isinstance(value, types[name]):
                raise ValueError(f"{name} must be of type {types[name].__name__}, not {value!r}")
        if Path(known.get("folder", "")).name != known.get("folder"):
            raise ValueError(f"{known.get('folder')!r} is no name of a folder")
        return cls(**known)


@dataclass(frozen=True)
class StudyState:
    """What ``study.json`` tells.

    Attributes
    ----------
    manifest_name, manifest_sha256 : str
        The table that was run last.
    version : str
        The hemiscan that ran it.
    settings : dict
        What decides about the results of all clips alike: the detector's ``config``,
        ``stills``, ``annotate``, ``save_track``, and ``body`` and ``hands`` where asked for.
    clips : tuple of ClipState
        One for each row of the manifest, in its order.
    former : tuple of ClipState
        Clips that are in the manifest no more, but whose results still are in ``recordings/``.
    files : tuple of str
        What the study wrote into its folder besides the results of the clips.
    """

    manifest_name: str = ""
    manifest_sha256: str = ""
    version: str = ""
    settings: Mapping[str, Any] | None = None
    clips: tuple[ClipState, ...] = ()
    former: tuple[ClipState, ...] = ()
    files: tuple[str, ...] = ()

    def by_folder(self) -> dict[str, ClipState]:
        """Return all clips whose results are there, by the names of their folders."""
        return {clip.folder: clip for clip in (*self.former, *self.clips) if clip.summary_sha256}

    def to_json(self) -> str:
        """Return the text of ``study.json``."""
        content = {
            "format": _FORMAT,
            "version": _FORMAT_VERSION,
            "hemiscan": self.version,
            "manifest": {"name": self.manifest_name, "sha256": self.manifest_sha256},
            "settings": self.settings,
            "rows": [asdict(clip) for clip in self.clips],
            "former": [asdict(clip) for clip in self.former],
            "files": self.files,
        }
        return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def load_state(directory: Path) -> StudyState | None:
    """Read what the runs before have done, the last one included if it was stopped.

    Parameters
    ----------
    directory : Path
        Of the study.

    Returns
    -------
    StudyState or None
        None where there is no study.

    Raises
    ------
    ResultFileError
        If there is a ``study.json`` that is none.
    """
    state = _read_state(directory / STATE_NAME)
    finished = {clip.folder: clip for clip in _read_journal(directory / JOURNAL_NAME)}
    if not finished:
        return state
    state = state or StudyState()
    # Which rows there are is decided by the next run; until then they are in no manifest.
    clips = tuple(finished.pop(clip.folder, clip) for clip in state.clips)
    former = {clip.folder: clip for clip in state.former} | finished
    return StudyState(
        **{**vars(state), "clips": clips, "former": tuple(former.values())},
    )


def _read_state(path: Path) -> StudyState | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != _FORMAT or content["version"] > _FORMAT_VERSION:
            raise ValueError("it is of another program or a newer version")
        return StudyState(
            manifest_name=str(content["manifest"]["name"]),
            manifest_sha256=str(content["manifest"]["sha256"]),
            version=str(content["hemiscan"]),
            settings=content["settings"],
            clips=tuple(map(ClipState.from_dict, content["rows"])),
            former=tuple(map(ClipState.from_dict, content["former"])),
            files=tuple(_inside(str(name)) for name in content["files"]),
        )
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ResultFileError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise ResultFileError(
            f"{path}: not of a study, or damaged ({error}); move it away, or choose another folder"
        ) from error


def _read_journal(path: Path) -> Iterator[ClipState]:
    """Yield the clips of a journal; of two for one folder the later one counts."""
    lines: list[bytes] = []
    with suppress(OSError):
        lines = path.read_bytes().splitlines()
    for line in lines:
        try:
            yield ClipState.from_dict(json.loads(line))
        except (ValueError, TypeError, RecursionError):
            continue  # cut off when the program or the machine went down


@contextmanager
def open_journal(directory: Path) -> Iterator[Journal]:
    """Open the journal of a study to add to it.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    path = directory / JOURNAL_NAME
    with reported(path):
        file = path.open("a+b", buffering=0)
    try:
        with reported(path):
            file.seek(0)
            content = file.read()
            # A line that was cut off must not swallow the next one.
            file.truncate(content.rfind(b"\n") + 1)
        yield Journal(path, file)
    finally:
        file.close()
        if not path.stat().st_size:
            path.unlink()


class Journal:
    """Notes each clip that is done at once, so that a killed program loses none of them.

    Parameters
    ----------
    path : Path
    file : raw file
        Open for adding.
    """

    def __init__(self, path: Path, file: Any) -> None:
        self._path, self._file = path, file

    def add(self, clip: ClipState) -> None:
        """Write down that a clip is done.

        Raises
        ------
        OutputError
            If it cannot be written.
        """
        line = json.dumps(asdict(clip), ensure_ascii=False) + "\n"
        with reported(self._path):
            self._file.seek(0, 2)
            append_whole(self._file, line.encode())


def _inside(name: str) -> str:
    """Return the name of a file in the study's folder or its patients', whatever it was."""
    folder, _, file = name.rpartition("/")
    plain = Path(file).name
    return f"{PATIENTS_NAME}/{plain}" if folder == PATIENTS_NAME else plain


def check_ours(directory: Path, state: StudyState | None, names: Iterable[str]) -> None:
    """Refuse to replace files that no study wrote.

    Parameters
    ----------
    directory : Path
        For a study.
    state : StudyState or None
        What is known of the study there.
    names : iterable of str
        Files to be written.

    Raises
    ------
    OutputError
        If one of them is of other origin.
    """
    known = {STATE_NAME, JOURNAL_NAME, *(state.files if state else ())}
    foreign = find_foreign(directory, names, known)
    if foreign:
        raise OutputError(
            f"{directory}: holds a {foreign[0]} that is not of an earlier run of a study; "
            "choose another folder"
        )


def summary_digest(directory: Path) -> str:
    """Return the SHA-256 of the ``summary.json`` of complete results, else an empty text."""
    try:
        content = (directory / "summary.json").read_bytes()
        names = json.loads(content)["run"]["files"]
        if not all((directory / name).is_file() for name in names):
            return ""
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return ""
    return hashlib.sha256(content).hexdigest()
