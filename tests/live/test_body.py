"""The body in a live run: into the journal, and out of it into the results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hemiscan._closing import Closing
from hemiscan.body import NOT_IN_VIEW
from hemiscan.live import recover
from hemiscan.synthetic import LimbJerk, synthesize_body
from hemiscan.tracking import NO_HANDS, BodyInFrame, BodyTracker, create_engine
from hemiscan.tracking._subject import Sighting
from hemiscan.video import open_clip
from tests.live.test_monitor import watch  # noqa: F401


class KnownBody(Closing):
    """Gives the rows of a made body one after the other."""

    def __init__(self, *, hands: bool) -> None:
        self._has_hands = hands
        jerks = [LimbJerk(2.0, 0.3, "right", "arm", 0.4)]
        rng = np.random.default_rng(0)
        self._track = synthesize_body(jerks, rng=rng, duration_s=120.0, noise=0.01)

    def find(self, sighting: Sighting) -> BodyInFrame:
        row = int(np.searchsorted(self._track.time_s, sighting.time_s))
        hands = np.full((2, 21, 3), row, np.float32) if self._has_hands else NO_HANDS
        return BodyInFrame(self._track.landmarks[row], self._track.visibility[row], hands)

    def close(self) -> None:
        """Nothing to close."""


@pytest.fixture
def known_body(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hemiscan.live._run.BodyTracker", KnownBody)


@pytest.mark.usefixtures("known_body")
def test_the_body_of_a_run_is_in_its_results(watch: Any, tmp_path: Path) -> None:  # noqa: F811
    result, frames, _ = watch(output=tmp_path, body=True, keep_landmarks=True)
    assert np.isfinite(frames[5].body.landmarks).all()
    found = result.analysis.body
    assert ("right", "arm") in [(e.side, e.limb) for e in found.episodes]
    assert (tmp_path / "body.csv").exists()
    assert "body" in json.loads((tmp_path / "summary.json").read_text())


@pytest.mark.usefixtures("known_body")
def test_the_hands_of_a_run_are_kept(watch: Any, tmp_path: Path) -> None:  # noqa: F811
    result, frames, _ = watch(output=tmp_path, hands=True, keep_landmarks=True)
    hands = result.analysis.track.body.hands
    np.testing.assert_array_equal(hands[5], frames[5].body.hands)
    assert "hand_left_aperture" in (tmp_path / "body.csv").read_text().splitlines()[0]


@pytest.mark.usefixtures("known_body")
def test_a_run_that_was_cut_off_keeps_the_body(
    watch: Any,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("hemiscan.live._run.finish_run", fail)
        with pytest.raises(KeyboardInterrupt):
            watch(output=tmp_path, body=True)
    result = recover(tmp_path)
    assert ("right", "arm") in [(e.side, e.limb) for e in result.analysis.body.episodes]


def test_without_the_option_there_is_none(watch: Any, tmp_path: Path) -> None:  # noqa: F811
    result, _, _ = watch(output=tmp_path)
    assert result.analysis.body is None
    assert not (tmp_path / "body.csv").exists()


def test_a_face_alone_says_so(watch: Any, tmp_path: Path) -> None:  # noqa: F811
    result, _, _ = watch(output=tmp_path, body=True)
    assert NOT_IN_VIEW in result.analysis.warnings


def test_frame_by_frame_the_body_is_where_it_is_in_the_clip(shared_clips: Path) -> None:
    with open_clip(shared_clips / "d13.mp4", end_s=1.0) as clip:
        frames = list(clip)
    with create_engine() as engine, BodyTracker() as body:
        sightings = [Sighting(frame, engine.detect(frame).landmarks[0], 1.0) for frame in frames]
        apart = [body.find(sighting)[0] for sighting in sightings]
    with BodyTracker() as body:
        for _ in body.watch(sightings, rate_hz=30.0, workers=2):
            pass
        together = body.finish().landmarks
    face_px = np.ptp(sightings[0].landmarks[:, 1])
    off = np.linalg.norm(np.array(apart)[:, :13] - together[:, :13], axis=2) / face_px
    assert np.median(off) < 0.02
    assert np.percentile(off, 95) < 0.1
