"""The clips in sample_videos/ are what their manifest and their truth say."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import astuple
from itertools import pairwise

import numpy as np
import pytest

from hemiscan.synthetic import compute_truth, load_truth, truth_path
from hemiscan.video import open_clip

tomllib = pytest.importorskip("tomllib", reason="needs Python 3.11")

NAMES = ("left_clonic", "right_tonic", "left_mixed", "healthy", "right_hard")


@pytest.fixture(params=NAMES)
def entry(request, sample_videos):
    """One clip's entry in the manifest, and its path."""
    with (sample_videos / "manifest.toml").open("rb") as file:
        clips = tomllib.load(file)["clip"]
    (found,) = (clip for clip in clips if clip["file"] == f"{request.param}.mp4")
    return found, sample_videos / found["file"]


def test_the_manifest_lists_every_clip(sample_videos):
    with (sample_videos / "manifest.toml").open("rb") as file:
        listed = {clip["file"] for clip in tomllib.load(file)["clip"]}
    assert listed == {path.name for path in sample_videos.glob("*.mp4")}
    assert listed == {f"{name}.mp4" for name in NAMES}


def test_size_rate_and_length_are_as_stated(entry):
    stated, path = entry
    assert path.stat().st_size < 2_000_000
    with open_clip(path) as clip:
        times = [frame.time_s for frame in clip]
        assert (clip.info.width, clip.info.height) == (stated["width"], stated["height"])
        assert not clip.warnings
    rate_hz = stated["frame_rate_hz"]
    assert len(times) == round(stated["duration_s"] * rate_hz)
    assert np.diff(times) == pytest.approx(1 / rate_hz, abs=2e-4)


def test_the_truth_agrees_with_the_manifest(entry):
    stated, path = entry
    truth = load_truth(truth_path(path))
    assert len(truth) == stated["episodes"]
    assert sorted({episode.side for episode in truth}) == stated["sides"]
    assert sorted({episode.kind for episode in truth}) == stated["kinds"]
    assert all(0 < e.start_s < e.end_s < stated["duration_s"] for e in truth)
    # Episodes less than a second apart could be told as one.
    assert all(second.start_s - first.end_s > 1 for first, second in pairwise(truth))


def test_the_truth_is_that_of_the_recipe(sample_videos, monkeypatch):
    pytest.importorskip("skimage")
    spec = importlib.util.spec_from_file_location("make", sample_videos / "make.py")
    make = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "make", make)
    spec.loader.exec_module(make)
    for recipe in make.RECIPES:
        truth = load_truth(sample_videos / f"{recipe.name}.truth.csv")
        expected = compute_truth(recipe.spasms, seed=recipe.seed)
        for saved, computed in zip(truth, expected, strict=True):
            assert astuple(saved)[2:5] == astuple(computed)[2:5]
            assert saved.start_s == pytest.approx(computed.start_s, abs=0.001)
            assert saved.end_s == pytest.approx(computed.end_s, abs=0.001)
