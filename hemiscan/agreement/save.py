"""Files of comparisons: figures as JSON, and a plot of each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from hemiscan._files import find_foreign
from hemiscan._folder import OutputFolder
from hemiscan.agreement.metrics import Agreement
from hemiscan.errors import OutputError
from hemiscan.results import SUMMARY_NAME, json_text, summary_with_files

_JSON_NAME = "agreement.json"
STUDY_FILES = ("agreement.csv", _JSON_NAME, "index.html")
"""Files of the comparison of a whole study."""

_PLOT_NAME = re.compile(r"agreement(_[\w.-]+)?\.png")


def save_agreement(
    agreements: Sequence[Agreement],
    directory: str | Path,
    *,
    files: Sequence[Mapping[str, Any]] = (),
) -> list[Path]:
    """Write the figures and the plots of comparisons.

    Parameters
    ----------
    agreements : sequence of Agreement
        At least one.
    directory : str or Path
        Made if missing. Files of an earlier comparison are replaced together, and plots
        that belonged to it alone are removed. Where results of an analysis lie there, the
        new files become part of them: analysed again, the clip is to be compared again.
    files : sequence of mapping, optional
        What was read, from `AnnotationFile.to_dict`.

    Returns
    -------
    list of Path
        ``agreement.json``, then ``agreement.png``, or of several comparisons one
        ``agreement_<reference>_<found>.png`` each.

    Raises
    ------
    OutputError
        If a file cannot be written, or is there and not of an earlier comparison; those that
        are there then stay as they were.
    """
    from hemiscan.agreement.plot import plot_agreement

    plots = _plot_names(agreements)
    text = json_text(
        {
            "files": list(files),
            "comparisons": [
                {"plot": plot, **agreement.to_dict()}
                for plot, agreement in zip(plots, agreements, strict=True)
            ],
        }
    )
    with OutputFolder(directory) as folder:
        names = [_JSON_NAME, *plots]
        check_comparison_folder(folder.directory, names)
        summary = summary_with_files(folder.directory, names)
        with folder.replacing(_files_of_earlier(folder.directory)) as staging:
            (staging / _JSON_NAME).write_text(text + "\n", encoding="utf-8", newline="\n")
            for agreement, plot in zip(agreements, plots, strict=True):
                plot_agreement(agreement).savefig(staging / plot)
            if summary is not None:
                (staging / SUMMARY_NAME).write_text(summary, encoding="utf-8", newline="\n")
    return [folder.directory / name for name in names]


def _plot_names(agreements: Sequence[Agreement]) -> list[str]:
    """Return a file name for each plot, made of letters that every system takes."""
    if len(agreements) == 1:
        return ["agreement.png"]
    names: list[str] = []
    stems: list[str] = []
    for agreement in agreements:
        raters = (agreement.reference_name, agreement.found_name)
        stem = "_".join(["agreement", *(re.sub(r"[^\w-]+", "-", name)[:40] for name in raters)])
        alike = sum(name == stem for name in stems)
        stems.append(stem)
        names.append(f"{stem}{f'_{alike + 1}' if alike else ''}.png")
    return names


def check_comparison_folder(directory: str | Path, names: Iterable[str]) -> None:
    """Refuse to replace files that no earlier comparison wrote.

    Parameters
    ----------
    directory : str or Path
        May be missing.
    names : iterable of str
        Files to be written.

    Raises
    ------
    OutputError
        It names the first of them that is not known.
    """
    directory = Path(directory)
    foreign = find_foreign(directory, names, _files_of_earlier(directory))
    if foreign:
        raise OutputError(
            f"{directory / foreign[0]}: is not of an earlier comparison; move it away, or choose "
            "another folder with --output"
        )


def _files_of_earlier(directory: Path) -> set[str]:
    """Return the files of the earlier comparison in this folder; none where there is none."""
    try:
        earlier = json.loads((directory / _JSON_NAME).read_text(encoding="utf-8"))
        comparisons = earlier["comparisons"]
        plots = {str(one.get("plot", "")) for one in comparisons if one["reference"] != ""}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return set()
    files = {name for name in plots if _PLOT_NAME.fullmatch(name)} | {_JSON_NAME}
    return files | set(STUDY_FILES) if "remarks" in earlier else files
