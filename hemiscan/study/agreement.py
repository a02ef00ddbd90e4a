"""How far the results of a study agree with its raters, and the raters with each other."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hemiscan._folder import OutputFolder
from hemiscan.agreement import (
    FIGURES,
    ClipAgreement,
    PooledAgreement,
    SpasmEvent,
    compute_agreement,
    load_annotations,
)
from hemiscan.errors import HemiscanError, ManifestError, OutputError
from hemiscan.results import RATINGS_NAME, json_text, load_clip_name, load_episodes, load_span
from hemiscan.study._state import ClipState, load_state
from hemiscan.study.manifest import ManifestRow, load_manifest
from hemiscan.study.scan import STUDY_NAME

if TYPE_CHECKING:
    from matplotlib.figure import Figure

AGREEMENT_NAME = "agreement"
"""Folder in that of a study."""

_FILES = ("agreement.csv", "agreement.json", "index.html")
_SEPARATORS = " _-."


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


@dataclass(frozen=True)
class _Rated:
    """One clip with the spasms that everybody marked in it, by their names."""

    clip: str
    patient: str
    start_s: float
    end_s: float
    spasms: Mapping[str, Sequence[SpasmEvent]]


def compute_study_agreement(directory: str | Path, *, reviewed: bool = False) -> StudyAgreement:
    """Compare the results of a study with its raters, over all clips that were rated.

    Parameters
    ----------
    directory : str or Path
        Of the study, see `run_study`. Ratings are the files that its manifest names, and those
        made in the studio. A rater is the same one in all clips who has the same name: that in
        the file; else what the file's name has besides the clip's; else that of its folder.
    reviewed : bool, optional
        Whether episodes count as reviewed instead of as detected.

    Returns
    -------
    StudyAgreement

    Raises
    ------
    HemiscanError
        If the folder holds no study, or none of its clips was rated.
    """
    directory = Path(directory)
    state = load_state(directory)
    if state is None:
        raise HemiscanError(f"{directory}: holds no {STUDY_NAME}; give a folder of study run")
    rows = load_manifest(directory / "manifest.csv").rows
    if len(rows) != len(state.clips):
        raise ManifestError(
            f"{directory / 'manifest.csv'}: has {len(rows)} rows, but {STUDY_NAME} tells of "
            f"{len(state.clips)}; run the study again"
        )
    ours = "hemiscan as reviewed" if reviewed else "hemiscan"
    remarks: list[str] = []
    rated = []
    for row, clip in zip(rows, state.clips, strict=True):
        one = _read_clip(directory, row, clip, ours, reviewed, remarks)
        if one is not None:
            rated.append(one)
    names = list(dict.fromkeys(name for one in rated for name in one.spasms if name != ours))
    if not names:
        raise HemiscanError(
            f"{directory}: none of its clips was rated; name raters' files in the column ratings "
            "of its table and run it again, or rate in hemiscan studio"
        )
    pairs = [*((name, ours) for name in names), *combinations(names, 2)]
    pooled = [_pool(rated, reference, found) for reference, found in pairs]
    return StudyAgreement(tuple(p for p in pooled if p.clips), tuple(remarks))


def _read_clip(
    directory: Path,
    row: ManifestRow,
    clip: ClipState,
    ours: str,
    reviewed: bool,
    remarks: list[str],
) -> _Rated | None:
    """Return a clip that was analysed and rated; what is left out is added to the remarks."""
    results = directory / "recordings" / clip.folder
    made_here = sorted((results / RATINGS_NAME).glob("*.csv"))
    if not row.ratings and not made_here:
        remarks.append(f"{clip.clip}: no ratings")
        return None
    if clip.status != "done":
        remarks.append(f"{clip.clip}: was rated, but has no results")
        return None
    try:
        start_s, end_s = load_span(results)
        spasms: dict[str, Sequence[SpasmEvent]] = {ours: _load_episodes(results, reviewed)}
        name = load_clip_name(results)
        for path in (*row.ratings, *made_here):
            file = load_annotations(path, start_s=start_s, end_s=end_s, clip=name)
            for told, marked in file.raters.items():
                rater = _name_of(path, row.clip) if told == path.name else told
                if rater in spasms:
                    remarks.append(f"{clip.clip}: {path.name}: {rater} rated it twice; left out")
                else:
                    spasms[rater] = marked
    except HemiscanError as error:
        remarks.append(f"{clip.clip}: left out: {error}")
        return None
    return _Rated(clip.clip, row.patient, start_s, end_s, spasms)


def _load_episodes(results: Path, reviewed: bool) -> Sequence[SpasmEvent]:
    from hemiscan.review import load_reviewed

    return load_reviewed(results).episodes if reviewed else load_episodes(results / "episodes.csv")


def _name_of(path: Path, clip: Path) -> str:
    """Return whose ratings a file holds that does not say so."""
    stem, of_clip = path.stem, clip.stem
    if path.parent.name == RATINGS_NAME and path.with_suffix(".jsonl").exists():
        return _rater_of_log(path.with_suffix(".jsonl")) or stem
    return stem.removeprefix(of_clip).removesuffix(of_clip).strip(_SEPARATORS) or path.parent.name


def _rater_of_log(path: Path) -> str:
    """Return who rated in the studio: a table without spasms does not name them."""
    from hemiscan.review import ReviewLog

    reviewers = ReviewLog(path).read().reviewers
    return reviewers[0] if reviewers else ""


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


def save_study_agreement(agreement: StudyAgreement, directory: str | Path) -> list[Path]:
    """Write the agreement of a study as a table, as JSON and as a page.

    Parameters
    ----------
    agreement : StudyAgreement
    directory : str or Path
        Of the study; the files go into its folder ``agreement``, in place of earlier ones.

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
    target = Path(directory) / AGREEMENT_NAME
    foreign = [name for name in _FILES if (target / name).exists()]
    if foreign and "agreement.json" not in foreign:
        raise OutputError(f"{target / foreign[0]}: is not of hemiscan; move it away")
    content = {
        "comparisons": [pooled.to_dict() for pooled in agreement.pooled],
        "remarks": agreement.remarks,
    }
    texts = (_to_csv(agreement.pooled), json_text(content) + "\n", _render_page(agreement))
    with OutputFolder(target) as folder, folder.replacing() as staging:
        for name, text in zip(_FILES, texts, strict=True):
            (staging / name).write_text(text, encoding="utf-8", newline="\n")
    return [target / name for name in _FILES]


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


def _render_page(agreement: StudyAgreement) -> str:
    from hemiscan._version import __version__
    from hemiscan.results import make_environment

    plots: list[dict[str, Any]] = [
        {"pooled": pooled, "plot": _png(plot_limits(pooled))} for pooled in agreement.pooled
    ]
    template = make_environment("hemiscan.study").get_template("agreement.html.j2")
    return template.render(
        page_header="Agreement with raters",
        page_date=date.today().isoformat(),
        page_footer=f"hemiscan {__version__}",
        comparisons=plots,
        remarks=agreement.remarks,
        version=__version__,
    )


def plot_limits(pooled: PooledAgreement) -> Figure:
    """Plot the differences of two raters against their means (Bland and Altman).

    Parameters
    ----------
    pooled : PooledAgreement

    Returns
    -------
    Figure
        Number of spasms and time in spasm, a point for each clip; lines at the bias and the
        limits of agreement.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.0, 3.0), layout="constrained")
    panels = (
        ("spasms", "count", pooled.counts),
        ("seconds in spasm", "seconds", pooled.seconds_in_spasm),
    )
    for axes, (label, name, pairs) in zip(figure.subplots(1, 2), panels, strict=True):
        axes.plot(pairs.mean(axis=1), pairs[:, 1] - pairs[:, 0], "o", color="0.25", alpha=0.6)
        for end, line in (("bias", "-"), ("low", "--"), ("high", "--")):
            value = pooled.estimates[f"{name}_{end}"].value
            if np.isfinite(value):
                axes.axhline(value, color="C0", linestyle=line, linewidth=1)
        axes.set_xlabel(f"{label} a clip, mean of both")
        axes.set_ylabel("difference")
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def _png(figure: Figure) -> str:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=150)
    return base64.b64encode(file.getvalue()).decode()
