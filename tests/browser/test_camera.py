"""The camera page in a browser whose camera shows a sample clip."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

import hemiscan
from hemiscan.live.ui.display_state import CALIBRATION_S
from hemiscan.results import load_findings
from tests.studio.conftest import TOKEN, running_studio

from .conftest import QUIET

SAMPLES = Path(__file__).parents[2] / "sample_videos"
LATE = 60_000
LEAD_S, N_FRAMES = 2.0, 360
"""A still face to begin with, and the whole clip."""


@pytest.fixture(scope="module")
def pictures():
    """JPEG pictures of the clip, with the first of them standing still before."""
    with av.open(str(SAMPLES / "left_clonic.mp4")) as container:
        frames = [
            cv2.imencode(".jpg", frame.to_ndarray(format="bgr24"))[1].tobytes()
            for frame, _ in zip(container.decode(video=0), range(N_FRAMES), strict=False)
        ]
    return [frames[0]] * round(30 * LEAD_S) + frames


@pytest.fixture
def page(chromium, tmp_path, pictures):
    """The studio's page, its camera showing the pictures over and over."""
    film = tmp_path / "clip.mjpeg"
    film.write_bytes(b"".join(pictures))
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    flags = [
        *QUIET,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
    browser = chromium.browser_type.launch(executable_path=path, args=flags)
    folder = tmp_path / "visits"
    folder.mkdir()
    with running_studio(folder) as client:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(f"{client.origin}/?token={TOKEN}")
        page.folder = folder
        yield page
        browser.close()


def test_the_camera_page_finds_what_live_finds(page, pictures):
    page.goto(page.url.partition("#")[0] + "#/camera")
    record = page.locator("button.record:enabled")
    record.wait_for(timeout=LATE)
    page.keyboard.press("h")
    assert "Light from the front" in page.locator("dialog[open] .how-to-film").inner_text()
    page.keyboard.press("Escape")
    page.locator("dialog[open]").wait_for(state="detached", timeout=LATE)
    page.fill("input[name=patient]", "P01")
    record.click()
    page.wait_for_selector(".camera-clock.is-recording", timeout=LATE)
    for button in page.locator(".camera .heading button").all():
        box = button.bounding_box()
        assert box["x"] + box["width"] <= 1280
    for field in page.locator(".camera-identity input").all():
        assert field.bounding_box()["width"] >= 64  # its name is read in full
    time.sleep(LEAD_S + N_FRAMES / 30 + 8)
    assert page.locator(".camera-figures dd").first.inner_text() >= "2"
    record.click()
    page.wait_for_url("**/#/recording/*", timeout=LATE)
    (results,) = page.folder.iterdir()
    findings = load_findings(results, landmarks=False)
    assert findings.recording.patient == "P01"
    assert (results / "recording.mp4").stat().st_size > 100_000
    assert not page.complaints
    # The same detector as that of `hemiscan live`, on the same frames.
    expected = hemiscan.analyze(
        SAMPLES / "left_clonic.mp4", detector="causal", stills=False
    ).episodes
    assert [(e.side, e.kind) for e in expected] == [("left", "clonic")] * 2
    # The camera was somewhere in its film when the recording began, and the film goes on and on:
    # what is found is a stretch of the same episodes, at the same distances.
    loop_s = len(pictures) / 30
    wanted = [
        (LEAD_S + e.start_s + k * loop_s, LEAD_S + e.end_s + k * loop_s, e.side, e.kind)
        for k in range(4)
        for e in expected
    ]
    assert len(findings.episodes) >= 2
    # Those while the face at rest is being learned begin late, and the last one may be cut.
    length_s = findings.track.time_s[-1]
    whole = [e for e in findings.episodes if e.start_s > CALIBRATION_S and e.end_s < length_s - 1]
    assert whole
    shifts = [w[0] - whole[0].start_s for w in wanted[:2]]
    worst_s = min(_worst_difference(whole, wanted, shift) for shift in shifts)
    assert worst_s < 0.2


def _worst_difference(episodes, wanted, shift_s):
    """Return by how much starts and ends differ at most; infinite where side or kind does.

    Where in its film the camera was is known by the episodes alone: all of them tell, as each
    onset is a little early or late by itself.
    """
    differences_s = []
    for episode in episodes:
        start_s, end_s, side, kind = min(
            wanted, key=lambda w: abs(w[0] - shift_s - episode.start_s)
        )
        if (episode.side, episode.kind) != (side, kind):
            return np.inf
        differences_s += [start_s - shift_s - episode.start_s, end_s - shift_s - episode.end_s]
    return np.ptp(differences_s) / 2


def test_the_body_is_followed_on_request(page):
    page.goto(page.url.partition("#")[0] + "#/camera")
    page.locator("button.record:enabled").wait_for(timeout=LATE)
    followed = page.get_by_label("What is followed")
    assert followed.input_value() == "face"
    followed.select_option("body")
    page.locator("button.record").focus()
    page.locator("button.record:enabled").wait_for(timeout=LATE)
    time.sleep(3)
    assert followed.input_value() == "body"
    page.locator("button.record").click()
    page.wait_for_selector(".camera-clock.is-recording", timeout=LATE)
    assert followed.is_disabled()
    time.sleep(4)
    page.locator("button.record").click()
    page.wait_for_url("**/#/recording/*", timeout=LATE)
    (results,) = page.folder.iterdir()
    assert (results / "body.csv").exists()
    assert page.complaints == []
