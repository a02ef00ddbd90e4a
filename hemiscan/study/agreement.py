"""How far the results of a study agree with its raters, and the raters with each other."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hemiscan._folder import OutputFolder
from hemiscan._text import count, quote
from hemiscan.agreement import (
    FIGURES,
    STUDY_FILES,
    ClipAgreement,
    PooledAgreement,
    SpasmEvent,
    check_comparison_folder,
    compute_agreement,
    load_annotations,
)
from hemiscan.errors import HemiscanError
from hemiscan.results import RATINGS_NAME, json_text, load_clip_name, load_episodes, load_span
from hemiscan.study.manifest import ManifestRow
from hemiscan.study.recordings import StudyRecording, load_recordings

AGREEMENT_NAME = "agreement"
"""Folder in that of a study."""

_SEPARATORS = " _-."

_ENOUGH_PATIENTS = 20
"""With fewer, a percentile bootstrap over patients is known to be too narrow."""


@dataclass(frozen=True)
class StudyAgreement:
    """The agreement of everybody with everybody, and what could not be counted.

    Attributes
    ----------
    pooled : tuple of PooledAgreement
        hemiscan against each rater, then rater against rater.
    remarks : tuple of str
        A line for each clip or file that was left out.
    """

    pooled: tuple[PooledAgreement, ...]
    remarks: tuple[str, ...]


class _Marks(NamedTuple):
    """What one rater marked in one clip, and the file it is from."""

    path: Path
    file_name: str  # without what it has of the clip's
    rater: str  # empty where the file does not tell
    spasms: Sequence[SpasmEvent]


@dataclass(frozen=True)
class _Rated:
    """One clip with the spasms that everybody marked in it, by their names."""

    clip: str
    patient: str
    start_s: float
    end_s: float
    spasms: Mapping[str, Sequence[SpasmEvent]]


@dataclass(frozen=True)
class _Reader:
    """Reads the episodes of a study's clips, and what raters marked in them."""

    reviewed: bool
    tiers: Sequence[str]
    labels: Mapping[str, str]
    remarks: list[str]

    @property
    def ours(self) -> str:
        """The name under which the episodes are compared."""
        return "hemiscan as reviewed" if self.reviewed else "hemiscan"

    def read(self, recording: StudyRecording) -> tuple[_Rated, list[_Marks]] | None:
        """Return a clip with its episodes, and its raters; what is left out is remarked."""
        row, clip, results = recording.row, recording.clip, recording.directory
        paths = [*row.ratings, *sorted((results / RATINGS_NAME).glob("*.csv"))]
        if not paths:
            self.remarks.append(f"{clip}: no ratings")
            return None
        if recording.status != "done":
            self.remarks.append(f"{clip}: was rated, but has no results")
            return None
        try:
            start_s, end_s = load_span(results)
            spasms = {self.ours: _load_episodes(results, self.reviewed)}
            name = load_clip_name(results)
        except HemiscanError as error:
            self.remarks.append(f"{clip}: is left out: {_without_folder(error, results)}")
            return None
        rated = _Rated(clip, row.patient, start_s, end_s, spasms)
        return rated, [mark for path in paths for mark in self._read_file(path, row, rated, name)]

    def _read_file(self, path: Path, row: ManifestRow, rated: _Rated, name: str) -> list[_Marks]:
        try:
            file = load_annotations(
                path,
                start_s=rated.start_s,
                end_s=rated.end_s,
                tiers=self.tiers,
                labels=self.labels,
                clip=name,
            )
        except HemiscanError as error:
            self.remarks.append(
                f"{rated.clip}: {path.name} is left out: {_without_folder(error, path)}"
            )
            return []
        file_name = _name_without_clip(path, row.clip)
        return [
            _Marks(path, file_name, _rater_of_log(path) if told == path.name else told, marked)
            for told, marked in file.raters.items()
        ]


def compute_study_agreement(
    directory: str | Path,
    *,
    reviewed: bool = False,
    tiers: Sequence[str] = (),
    raters: Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
) -> StudyAgreement:
    """Compare the results of a study with its raters, over all clips that were rated.

    Parameters
    ----------
    directory : str or Path
        Of the study, see `run_study`. Ratings are the files that its manifest names, and those
        made in the studio; clips need not be there any more.
    reviewed : bool, optional
        Whether episodes count as reviewed instead of as detected.
    tiers, labels : optional
        See `load_annotations`.
    raters : sequence of str, optional
        Only these raters; all if not given.

    Returns
    -------
    StudyAgreement

    Raises
    ------
    HemiscanError
        If the folder holds no study, none of its clips was rated, or nobody is called as one
        of the raters.
    ValueError
        If a label is said to mean something unknown.

    Notes
    -----
    A rater is the same one in all clips who has the same name. A file that names nobody, such
    as one without a spasm, is of the rater whom files of other clips name that are called
    alike but for the clip's name (``a_first.csv``, ``b_first.csv``), or who is called as the
    file is; else the rest of the file's name stands for the rater. Where files called alike
    have several raters, it is left out, as nobody knows whose it is.
    """
    directory = Path(directory)
    reader = _Reader(reviewed, tiers, labels or {}, [])
    read = [
        one
        for recording in load_recordings(directory)
        if (one := reader.read(recording)) is not None
    ]
    rated = _name_raters(read, reader.remarks)
    ours, remarks = reader.ours, reader.remarks
    names = list(dict.fromkeys(name for one in rated for name in one.spasms if name != ours))
    if not names:
        told = f" ({remarks[0]})" if remarks else ""
        raise HemiscanError(
            f"{directory}: none of its clips was rated{told}; name raters' files in the column "
            "ratings of its table and run it again, or rate in hemiscan studio"
        )
    for name in raters:
        if name not in names:
            raise HemiscanError(f"{directory}: has no rater {quote(name)}, but {', '.join(names)}")
    names = [name for name in names if not raters or name in raters]
    pairs = [*((name, ours) for name in names), *combinations(names, 2)]
    pooled = [_pool(rated, reference, found) for reference, found in pairs]
    return StudyAgreement(tuple(p for p in pooled if p.clips), tuple(remarks))


def _load_episodes(results: Path, reviewed: bool) -> Sequence[SpasmEvent]:
    from hemiscan.review import load_reviewed

    return load_reviewed(results).episodes if reviewed else load_episodes(results / "episodes.csv")


def _without_folder(error: HemiscanError, path: Path) -> str:
    """Return what is wrong; pages that are passed on need not tell where files lie."""
    return str(error).replace(str(path), path.name)


def _name_without_clip(path: Path, clip: Path) -> str:
    """Return what the name of a file has besides that of its clip; else that of its folder."""
    stem = path.stem.removeprefix(clip.stem)
    if stem == path.stem:
        stem = stem.removesuffix(clip.stem)
    return stem.strip(_SEPARATORS) or path.parent.name


def _rater_of_log(path: Path) -> str:
    """Return who rated in the studio: a table without spasms does not name them."""
    from hemiscan.review import ReviewLog

    log = path.with_suffix(".jsonl")
    if path.parent.name != RATINGS_NAME or not log.exists():
        return ""
    reviewers = ReviewLog(log).read().reviewers
    return reviewers[0] if reviewers else ""


def _name_raters(
    read: Sequence[tuple[_Rated, Sequence[_Marks]]], remarks: list[str]
) -> list[_Rated]:
    """Return the clips with what each rater marked, once it is known who is called what."""
    marks = [mark for _, of_clip in read for mark in of_clip]
    names = {mark.rater.casefold(): mark.rater for mark in marks if mark.rater}
    told: dict[str, dict[str, None]] = {}
    for mark in marks:
        if mark.rater:
            told.setdefault(mark.file_name, {})[mark.rater] = None
    rated = []
    for one, of_clip in read:
        spasms = dict(one.spasms)
        for mark in of_clip:
            alike = tuple(told.get(mark.file_name, ()))
            rater = mark.rater or names.get(mark.file_name.casefold(), "")
            if not rater and len(alike) > 1:
                remarks.append(
                    f"{one.clip}: {mark.path.name} is left out: names no rater, and files of that "
                    f"name are by {' and '.join(alike)}; give it a column rater"
                )
                continue
            rater = rater or (alike[0] if alike else mark.file_name)
            if rater in spasms:
                remarks.append(f"{one.clip}: {mark.path.name}: {rater} rated it twice; left out")
            else:
                spasms[rater] = mark.spasms
        for path, file_name in dict.fromkeys((mark.path, mark.file_name) for mark in of_clip):
            missing = [name for name in told.get(file_name, ()) if name not in spasms]
            if missing:
                remarks.append(
                    f"{one.clip}: {path.name} does not name {' and '.join(missing)}, as others of "
                    "that name do; not counted as rated by them (a file of their own with the "
                    "header alone says that they saw none)"
                )
        rated.append(replace(one, spasms=spasms))
    return rated


def _pool(rated: Iterable[_Rated], reference: str, found: str) -> PooledAgreement:
    clips = [
        ClipAgreement(
            one.clip,
            one.patient,
            compute_agreement(
                one.spasms[reference],
                one.spasms[found],
                start_s=one.start_s,
                end_s=one.end_s,
                names=(reference, found),
            ),
        )
        for one in rated
        if reference in one.spasms and found in one.spasms
    ]
    return PooledAgreement(reference, found, tuple(clips))


def save_study_agreement(
    agreement: StudyAgreement, directory: str | Path, *, output: str | Path | None = None
) -> list[Path]:
    """Write the agreement of a study as a table, as JSON and as a page.

    Parameters
    ----------
    agreement : StudyAgreement
    directory : str or Path
        Of the study.
    output : str or Path, optional
        Folder of the files, in place of earlier ones; by default ``agreement`` in the study's.

    Returns
    -------
    list of Path
        ``agreement.csv``: one row for each two raters, each figure with its 95 % interval;
        ``agreement.json``; ``index.html``.

    Raises
    ------
    OutputError
        If a file cannot be written, or is not of an earlier comparison; earlier ones then stay
        as they were.
    """
    target = Path(directory) / AGREEMENT_NAME if output is None else Path(output)
    content = {
        "comparisons": [pooled.to_dict() for pooled in agreement.pooled],
        "remarks": agreement.remarks,
    }
    page = _render_page(agreement, is_in_study=output is None)
    texts = (_to_csv(agreement.pooled), json_text(content) + "\n", page)
    with OutputFolder(target) as folder:
        check_comparison_folder(target, STUDY_FILES)
        with folder.replacing() as staging:
            for name, text in zip(STUDY_FILES, texts, strict=True):
                (staging / name).write_text(text, encoding="utf-8", newline="\n")
    return [target / name for name in STUDY_FILES]


def _to_csv(pooled: Sequence[PooledAgreement]) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    columns = [f"{name}{end}" for name in FIGURES for end in ("", "_ci95_low", "_ci95_high")]
    writer.writerow(["reference", "found", "patients", "clips", *columns])
    for one in pooled:
        values = [
            "" if np.isnan(value) else f"{value:.5f}"
            for estimate in one.estimates.values()
            for value in (estimate.value, estimate.low, estimate.high)
        ]
        writer.writerow(
            [one.reference_name, one.found_name, one.n_patients, len(one.clips), *values]
        )
    return file.getvalue()


def _render_page(agreement: StudyAgreement, *, is_in_study: bool) -> str:
    from hemiscan._version import __version__
    from hemiscan.results import make_environment
    from hemiscan.study.plot import plot_limits

    plots: list[dict[str, Any]] = [
        {"pooled": pooled, "plot_uri": plot_limits(pooled).png_uri(dpi=150)}
        for pooled in agreement.pooled
    ]
    template = make_environment("hemiscan.study").get_template("agreement.html.j2")
    return template.render(
        page_header="Agreement with raters",
        page_date=date.today().isoformat(),
        page_footer=f"hemiscan {__version__}",
        comparisons=plots,
        remarks=agreement.remarks,
        is_in_study=is_in_study,
        few_patients=_warn_of_few_patients(agreement.pooled),
        version=__version__,
    )


def _warn_of_few_patients(pooled: Sequence[PooledAgreement]) -> str:
    fewest = min(one.n_patients for one in pooled)
    if fewest >= _ENOUGH_PATIENTS:
        return ""
    return (
        f"With {count(fewest, 'patient')} the intervals by bootstrap are narrower than they should "
        f"be; from about {_ENOUGH_PATIENTS} patients on they can be relied on."
    )
