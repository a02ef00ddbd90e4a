"""Saving without drawing, which takes most of the time."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Report and plots are files with next to nothing in them."""

    def save_plots(_: object, paths: list[Path]) -> None:
        for path in paths:
            path.write_text("plot")

    monkeypatch.setattr("hemiscan.results.save._save_plots", save_plots)
    monkeypatch.setattr("hemiscan.results.report.render_report", lambda *_, **__: "report")
