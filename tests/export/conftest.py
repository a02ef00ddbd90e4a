"""Results to export, and how they are read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hemiscan.analysis import Analysis
from hemiscan.findings import Mark


@pytest.fixture
def findings(spasm_analysis: Analysis) -> Analysis:
    """15 s: clonic on the left from 4 to 6 s, tonic on the right from 9 to 12 s, two marks."""
    return replace(spasm_analysis, marks=(Mark(5.0, "says «ah» & smiles"), Mark(13.5)))


@pytest.fixture
def study(
    tmp_path: Path, make_analysis: Callable[..., Analysis], monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A study of two recordings, without pictures, and a third one that has no results."""
    monkeypatch.setattr("hemiscan.results.report.render_report", lambda *_, **__: "report")
    directory = tmp_path / "study"
    for folder, start_s in (("P1_baseline_a", 4.0), ("P2_baseline_b", 6.0)):
        analysis = make_analysis(
            spasms=((start_s, start_s + 2.0, "left", "clonic"),), name=f"{folder[-1]}.mp4"
        )
        analysis.save(directory / "recordings" / folder, plot_formats=())
    (directory / "recordings" / "P3_baseline_c").mkdir()
    (directory / "study.json").write_text("{}")
    return directory
