"""A whole run over a real network stream, on the loopback interface, that breaks off."""

from __future__ import annotations

import json

import numpy as np

from hemiscan.live import LiveMonitor
from hemiscan.video import ClipWriter
from tests.servers import file_server, mjpeg_server

from .conftest import KnownEngine


def test_a_stream_that_breaks_off_is_connected_again(short_track, tmp_path, monkeypatch):
    """The server hangs up after twelve frames, each time somebody connects."""
    monkeypatch.setattr("hemiscan.live._capture.RETRY_S", 0.3)
    frames = [np.full((48, 64, 3), 60 + 10 * index, dtype=np.uint8) for index in range(12)]
    notices = []
    with mjpeg_server(frames, interval_s=0.04) as url:
        monitor = LiveMonitor(url, output=tmp_path, engine=KnownEngine(short_track))

        def stop_when_seen_thrice(frame):
            if frame.image is not None and frame.image.mean() > 165:
                seen.append(frame.time_s)
            if len(seen) == 3:
                monitor.stop()

        seen: list[float] = []
        result = monitor.run(
            on_frame=stop_when_seen_thrice, on_notice=notices.append, duration_s=60
        )
    assert len(seen) == 3
    times = result.analysis.track.time_s
    assert (np.diff(times) > 0).all()
    stats = result.stats
    assert stats.frames_analyzed >= 20
    assert stats.frames_captured == stats.frames_analyzed + stats.frames_dropped
    summary = (tmp_path / "summary.json").read_text()
    assert json.loads(summary)["clip"]["codec"] == "mjpeg"
    assert "secret" not in summary + "".join(notices)
    assert json.loads(summary)["live"]["frames_analyzed"] == stats.frames_analyzed


def test_a_buffered_stream_is_watched_to_its_end_without_a_loss(short_track, tmp_path):
    """A file behind an HTTP address arrives at once, and keeps its own times all the same."""
    with ClipWriter(tmp_path / "clip.mp4", width=64, height=48) as writer:
        for index in range(30):
            writer.write(np.full((48, 64, 3), 60 + 4 * index, dtype=np.uint8), index / 50)
    with file_server(tmp_path) as server:
        monitor = LiveMonitor(
            f"{server.url}/clip.mp4", output=tmp_path / "visit", engine=KnownEngine(short_track)
        )
        result = monitor.run(duration_s=60)
    assert result.stats.frames_analyzed == 30
    assert result.stats.frames_dropped == 0
    np.testing.assert_allclose(result.analysis.track.time_s, np.arange(30) / 50, atol=1e-3)
