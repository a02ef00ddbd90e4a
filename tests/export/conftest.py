"""Results to export, and how they are read back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hemiscan.analysis import Analysis
from hemiscan.findings import Mark
from hemiscan.recording import Recording


@pytest.fixture
def findings(spasm_analysis: Analysis) -> Analysis:
    """15 s: clonic on the left from 4 to 6 s, tonic on the right from 9 to 12 s, two marks."""
    return replace(spasm_analysis, marks=(Mark(5.0, "says «ah» & smiles"), Mark(13.5)))


@pytest.fixture
def study(
    tmp_path: Path, make_analysis: Callable[..., Analysis], monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A study of two recordings, without pictures, and a third one that failed.

    The left half twitches from 4 to 6 s in the first, from 6 to 8 s in the second.
    """
    monkeypatch.setattr("hemiscan.results.report.render_report", lambda *_, **__: "report")
    directory = tmp_path / "study"
    identities = {
        "P1_baseline_a": Recording(patient="P-1", visit="baseline", task="rest", date="2026-03-01"),
        "P2_baseline_b": Recording(patient="P1", visit="baseline", date="2026-03-02T10:15:00"),
    }
    for start_s, (folder, recording) in zip((4.0, 6.0), identities.items(), strict=True):
        spasms = ((start_s, start_s + 2.0, "left", "clonic"),)
        analysis = make_analysis(spasms=spasms, name=f"{folder[-1]}.mp4")
        analysis = analysis.with_recording(recording)
        analysis.save(directory / "recordings" / folder, plot_formats=())
    rows = [{"folder": folder, "status": "done"} for folder in identities]
    rows.append({"folder": "P3_baseline_c", "status": "failed"})
    (directory / "study.json").write_text(json.dumps({"rows": rows}))
    return directory
