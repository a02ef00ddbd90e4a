"""``hemiscan export``: what it writes, and what it says."""

from __future__ import annotations

import pytest


@pytest.fixture
def result(tmp_path, spasm_analysis):
    spasm_analysis.save(tmp_path / "clip_hemiscan", plot_formats=())
    return tmp_path / "clip_hemiscan"


def test_an_export_is_named_and_compares_as_perfect_agreement(hemiscan, result):
    outcome = hemiscan("export", result, "--to", "elan", "--output", "clip.eaf")
    assert (outcome.code, outcome.out, outcome.err) == (0, "clip.eaf\n", "")
    assert "F1 1.00" in hemiscan("agree", result, "clip.eaf").out
    again = hemiscan("export", result, "--to", "elan", "--output", "clip.eaf")
    assert again.code == 1
    assert again.err.startswith("hemiscan: clip.eaf: exists already; choose another name")


def test_wrong_usage_names_the_formats(hemiscan, result):
    outcome = hemiscan("export", result, "--to", "word", "--output", "x")
    assert outcome.code == 2
    assert "elan" in outcome.err
