"""The files of one analysis."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import pytest

from hemiscan.analysis import Analysis
from hemiscan.errors import OutputError
from hemiscan.results import save_analysis, summary_json

FILES = [
    *("asymmetry.png", "blinks.csv", "closures.csv", "episodes.csv", "frames.csv", "report.html"),
    *("summary.json", "tasks.csv"),
]


def _strict_json(text: str) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(text, parse_constant=refuse)


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_all_files_are_written(spasm_analysis: Analysis, tmp_path: Path) -> None:
    paths = spasm_analysis.save(tmp_path / "new" / "folder")
    assert sorted(path.name for path in paths) == FILES
    assert sorted(_contents(tmp_path / "new" / "folder")) == FILES
    picture = cv2.imread(str(tmp_path / "new" / "folder" / "asymmetry.png"))
    assert picture is not None
    assert picture.shape[1] / picture.shape[0] == pytest.approx(16 / 9, rel=0.01)
    episodes = (tmp_path / "new" / "folder" / "episodes.csv").read_text().splitlines()
    assert len(episodes) == 3


def test_plot_formats_on_request(spasm_analysis: Analysis, tmp_path: Path) -> None:
    spasm_analysis.save(tmp_path, plot_formats=["svg", "pdf", "svg"])
    assert (tmp_path / "asymmetry.pdf").read_bytes().startswith(b"%PDF")
    assert b"<svg" in (tmp_path / "asymmetry.svg").read_bytes()
    assert not (tmp_path / "asymmetry.png").exists()


def test_unknown_plot_format_is_refused(spasm_analysis: Analysis, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"plot_formats must be among png, svg, pdf, not gif"):
        save_analysis(spasm_analysis, tmp_path, plot_formats=("png", "gif"))
    assert not list(tmp_path.iterdir())


def test_summary_is_strict_json_with_every_figure(spasm_analysis: Analysis) -> None:
    figures = _strict_json(summary_json(spasm_analysis.summary))
    assert set(figures) == set(spasm_analysis.summary.to_dict())
    assert figures["episodes"]["count"] == 2
    assert [signs["episode"] for signs in figures["episodes"]["signs"]] == [1, 2]
    assert figures["clip"]["name"] == "clip.mp4"
    assert isinstance(figures["warnings"], list)


def test_unknown_figures_are_null(make_analysis: Callable[..., Analysis]) -> None:
    analysis = make_analysis(spasms=(), gaps=[(0.0, 15.0)])
    figures = _strict_json(summary_json(analysis.summary))
    assert figures["quality"]["coverage"] == 0.0
    assert figures["episodes"]["per_minute"] is None
    assert figures["episodes"]["time_share"] is None


@pytest.mark.parametrize(
    ("failure", "seen_as"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), OutputError),
        (KeyboardInterrupt(), KeyboardInterrupt),
    ],
)
def test_failed_save_keeps_the_earlier_results(
    make_analysis: Callable[..., Analysis],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    failure: BaseException,
    seen_as: type[BaseException],
) -> None:
    make_analysis().save(tmp_path)
    earlier = _contents(tmp_path)

    def fail(*_: object, **__: object) -> None:
        raise failure

    other = make_analysis(spasms=((1.0, 2.0, "left", "clonic"),))
    monkeypatch.setattr("hemiscan.results.save._save_plots", fail)
    with pytest.raises(seen_as):
        other.save(tmp_path)
    assert _contents(tmp_path) == earlier
    monkeypatch.undo()
    other.save(tmp_path)
    assert sorted(_contents(tmp_path)) == FILES
    assert _contents(tmp_path)["episodes.csv"] != earlier["episodes.csv"]


def test_folder_that_is_a_file_is_reported(spasm_analysis: Analysis, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(OutputError, match=r"out"):
        spasm_analysis.save(tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"
