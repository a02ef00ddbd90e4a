"""Results to export, and how they are read back."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hemiscan.analysis import Analysis
from hemiscan.body import HandMovement
from hemiscan.findings import Mark
from hemiscan.recording import Recording
from tests.body.conftest import body_analysis  # noqa: F401


@pytest.fixture
def findings(spasm_analysis: Analysis) -> Analysis:
    """15 s: clonic on the left from 4 to 6 s, tonic on the right from 9 to 12 s, two marks."""
    return replace(spasm_analysis, marks=(Mark(5.0, "says «ah» & smiles"), Mark(13.5)))


@pytest.fixture
def body_findings(body_analysis: Analysis, rng: np.random.Generator) -> Analysis:  # noqa: F811
    """The same face with a body: a jerk of the left arm at 4 s and of the right leg at 8 s.

    The left arm is also held from 3.5 to 6 s, so that its episodes overlap; neither leg is seen
    from 12 s on. Of the right hand the fingers are seen, of the left hand none.
    """
    body = body_analysis.body
    position = body.movement.position.copy()
    position[body.movement.time_s >= 12.0, :, 2] = np.nan
    held = replace(
        body.episodes[0], start_s=3.5, end_s=6.0, kind="tonic", jerk_count=0, peak_amplitude=0.5
    )
    fingers = rng.uniform(0.1, 1.0, (2, len(body.movement.time_s), 2))
    fingers[:, :, 0] = np.nan
    hands = HandMovement(body.movement.time_s, fingers[0], 90 * fingers[1])
    body = replace(
        body,
        movement=replace(body.movement, position=position),
        episodes=(held, *body.episodes),
        hands=hands,
    )
    return replace(body_analysis, body=body)


@pytest.fixture
def body_study(study: Path, body_analysis: Analysis) -> Path:  # noqa: F811
    """The study with a third recording, in which the body was followed."""
    recording = Recording(patient="P2", task="body")
    results = study / "recordings" / "P2_b_c"
    body_analysis.with_recording(recording).save(results, plot_formats=())
    content = json.loads((study / "study.json").read_text())
    content["rows"].append({"folder": results.name, "status": "done"})
    (study / "study.json").write_text(json.dumps(content))
    return study


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
