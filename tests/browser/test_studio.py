"""The studio's page in a browser, on the real server: what is seen, corrected, rated, kept."""

from __future__ import annotations

import json
import random
import re
import zipfile
from dataclasses import dataclass, replace
from fractions import Fraction

import av
import numpy as np
import pytest

from hemiscan.agreement import load_annotations
from hemiscan.clinical import summarize
from hemiscan.recording import Recording
from hemiscan.results import REVIEW_NAME, load_findings
from hemiscan.synthetic import synthesize_track
from hemiscan.video import ClipInfo, compute_sha256
from tests.studio.conftest import TOKEN, running_studio

WIDTH, HEIGHT, N_FRAMES, N_BITS = 320, 180, 240, 8
PATIENT = "P-7 <img src=x onerror=alert(1)>"
LATE = 20_000
"""Milliseconds; the machine may be busy with other things."""

READ_PICTURE = """() => {
  window.copyOfPicture ??= new OffscreenCanvas(320, 180)
    .getContext('2d', { willReadFrequently: true });
  window.copyOfPicture.drawImage(document.querySelector('.picture'), 0, 0, 320, 180);
  let number = 0;
  for (let bit = 0; bit < 8; bit += 1) {
    const pixel = window.copyOfPicture.getImageData(20 + 36 * bit, 90, 1, 1).data;
    if (pixel[0] > 128) number |= 1 << bit;
  }
  return number;
}"""

WATCH_PLAYBACK = f"""async (milliseconds) => {{
  const read = {READ_PICTURE};
  const named = document.querySelector('.frame-number');
  const seen = [];
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {{
    await new Promise(requestAnimationFrame);
    seen.push([Number(named.value), read()]);
  }}
  return seen;
}}"""


def write_numbered_clip(path, rng):
    """Write frames at irregular times, each with its number in binary blocks; return the times."""
    gaps_ms = rng.choice([7, 20, 33, 34, 50, 67, 120], size=N_FRAMES - 1)
    times_ms = np.concatenate([[0], np.cumsum(gaps_ms)])
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        # With frames that are stored in another order, a video of uneven times is made playable.
        reordered = "0" if path.suffix == ".mp4" else "2"
        stream.options = {"preset": "veryfast", "bf": reordered, "g": "60"}
        for number, time_ms in enumerate(times_ms.tolist()):
            image = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
            for bit in range(N_BITS):
                left = 8 + 36 * bit
                image[60:120, left : left + 24] = 255 if number >> bit & 1 else 0
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = time_ms, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return times_ms / 1000


def save_results_of(clip, time_s, make_analysis, *, recording):
    """Save findings of a clip: an episode on the left, frames 60-90, and one on the right."""
    drawn = make_analysis(
        seconds=N_FRAMES / 30,
        spasms=((2.0, 3.0, "left", "clonic"), (5.0, 6.5, "right", "tonic")),
        gaps=(),
    )

    def moved(found):
        start_s, end_s = (time_s[round(30 * t)] for t in (found.start_s, found.end_s))
        return replace(found, start_s=float(start_s), end_s=float(end_s))

    rate_hz = (N_FRAMES - 1) / time_s[-1]
    face = synthesize_track(duration_s=0.1).landmarks[0] * (HEIGHT / 480)
    track = replace(
        drawn.track,
        time_s=time_s,
        landmarks=np.broadcast_to(face, (N_FRAMES, *face.shape)).astype(np.float32),
        source=ClipInfo(
            clip.name, WIDTH, HEIGHT, rate_hz, 0, "h264", N_FRAMES, sha256=compute_sha256(clip)
        ),
        recording=recording,
    )
    series = replace(drawn.series, time_s=time_s)
    blinks, episodes = (tuple(map(moved, found)) for found in (drawn.blinks, drawn.episodes))
    summary = summarize(track, series, blinks, episodes, drawn.config)
    found = {"blinks": blinks, "episodes": episodes, "summary": summary}
    analysis = replace(drawn, track=track, series=series, **found)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hemiscan.results.report.render_report", lambda *_, **__: "report")
        analysis.save(clip.with_name(f"{clip.stem}_hemiscan"), plot_formats=(), save_track=True)


@dataclass
class Opened:
    """A folder of clips that is open in the studio, and browsers that look at it."""

    client: object
    results: object
    browse: object


@pytest.fixture
def opened(chromium, tmp_path, rng, make_analysis, request):
    """A folder with a numbered clip and its results; fails on any complaint of the browser."""
    suffix = getattr(request, "param", ".mp4")
    clip = tmp_path / "opened" / f"numbered clip{suffix}"
    clip.parent.mkdir()
    time_s = write_numbered_clip(clip, rng)
    whose = Recording(patient=PATIENT, visit="2", note="talks throughout, " * 9)
    save_results_of(clip, time_s, make_analysis, recording=whose)
    complaints, contexts = [], []
    with running_studio(clip.parent) as client:

        def browse(width=1280, height=800, **options):
            context = chromium.new_context(viewport={"width": width, "height": height}, **options)
            contexts.append(context)
            page = context.new_page()
            page.set_default_timeout(LATE)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda message: complaints.append(message.text))
            page.goto(f"{client.origin}/?token={TOKEN}")
            page.wait_for_selector(".recordings tbody tr")
            return page

        yield Opened(client, clip.with_name(f"{clip.stem}_hemiscan"), browse)
        for context in contexts:
            context.close()
    conflicts = "status of 409"  # the browser's own word on a step, or a video, that is not ready
    assert [text for text in complaints if conflicts not in text] == []


def open_recording(page):
    page.click(".recordings tbody a")
    page.wait_for_selector(".frame-number[data-verified=true]")


def go_to_frame(page, number):
    page.keyboard.press("f")
    page.keyboard.type(str(number))
    page.keyboard.press("Enter")
    wait_for_frame(page, number)


def wait_for_frame(page, number):
    page.wait_for_function(
        """number => {
          const named = document.querySelector('.frame-number');
          return named.dataset.verified === 'true' && named.value === String(number);
        }""",
        arg=number,
    )


def say_who(page, name):
    """Answer the question who reviews, which is asked before the first step."""
    page.fill("#ask-reviewer", name)
    page.keyboard.press("Enter")


def wait_for_states(page, *expected):
    page.wait_for_function(
        """expected => JSON.stringify(expected) === JSON.stringify(
          [...document.querySelectorAll('.episodes .state')].map(cell => cell.textContent))""",
        arg=list(expected),
    )


def figure(page, name):
    """A figure as detected and as reviewed."""
    row = page.locator(".figures tbody tr", has=page.get_by_role("rowheader", name=name))
    return tuple(row.locator("td").all_inner_texts())


@pytest.mark.parametrize("opened", [".mp4", ".mkv"], indirect=True)  # itself, and made playable
def test_every_seek_shows_the_frame_asked_for(opened):
    page = opened.browse()
    open_recording(page)
    page.keyboard.press("m")  # lines over the blocks would be read as well
    numbers = random.Random(7).sample(range(N_FRAMES), 50)
    shown = []
    for number in numbers:
        go_to_frame(page, number)
        shown.append(page.evaluate(READ_PICTURE))
    assert shown == numbers
    frames = load_findings(opened.results).track
    assert float(page.inner_text(".frame-time").split()[0]) == pytest.approx(
        frames.time_s[numbers[-1]], abs=0.0006
    )


def test_the_face_can_be_hidden_and_saved_as_drawn_lines(opened, tmp_path):
    page = opened.browse()
    open_recording(page)
    go_to_frame(page, 255 % N_FRAMES)
    assert page.evaluate(READ_PICTURE) == 255 % N_FRAMES
    page.keyboard.press("v")
    page.wait_for_selector("[aria-keyshortcuts=v][aria-pressed=false]")
    assert page.evaluate(READ_PICTURE) == 0  # no bright block is left
    page.screenshot(path=tmp_path / "hidden.png")
    page.keyboard.press("v")
    assert page.evaluate(READ_PICTURE) == 255 % N_FRAMES
    with page.expect_download() as download:
        page.click("text=De-identified clip")
    with (
        zipfile.ZipFile(download.value.path()) as archive,
        archive.open("de-identified.mp4") as clip,
        av.open(clip) as container,
    ):
        assert sum(1 for _ in container.decode(video=0)) == N_FRAMES


def test_whose_recording_it_is_is_edited_in_the_list_at_once(opened):
    (opened.results / "report.html").unlink()  # a stand-in, which tells nothing
    page = opened.browse()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("e")
    page.fill("dialog[open] [name=patient]", "P-9")
    page.fill("dialog[open] [name=note]", "two\nlines")
    page.click("dialog[open] button[type=submit]")
    page.wait_for_selector("tbody td:has-text('P-9')", timeout=LATE)
    assert page.locator("tbody td.note").inner_text() == "two lines"
    assert load_findings(opened.results, landmarks=False).recording.patient == "P-9"
    assert opened.client.get("/api/analyses").json == []


def test_results_that_cannot_be_read_say_why_in_full(opened):
    (opened.results / "episodes.csv").unlink()
    page = opened.browse()
    cell = page.locator("td.failed")
    assert "episodes.csv" in cell.inner_text()
    assert cell.evaluate("e => e.scrollWidth <= e.clientWidth && e.colSpan > 1")


def test_what_plays_is_named_and_stays_in_the_loop(opened):
    page = opened.browse()
    open_recording(page)
    page.keyboard.press("m")
    page.keyboard.press("ArrowDown")  # the first episode
    wait_for_frame(page, 60)
    page.keyboard.press("o")
    seen = page.evaluate(WATCH_PLAYBACK, 4000)
    page.keyboard.press(" ")
    assert [pair for pair in seen if pair[0] != pair[1]] == []
    played = [named for named, _ in seen]
    assert len(set(played)) > 10
    assert min(np.diff(played)) < 0  # it began anew
    time_s = load_findings(opened.results).track.time_s
    first, last = np.searchsorted(time_s, [time_s[60] - 0.3, time_s[90] + 0.3])
    assert first - 1 <= min(played)
    assert max(played) < last


def test_a_review_is_all_there_when_it_is_opened_again(opened):
    page = opened.browse()
    open_recording(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("a")
    say_who(page, "A. Rater")
    wait_for_states(page, "✓ accepted", "not reviewed")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    wait_for_states(page, "✓ accepted", "✕ rejected")
    assert figure(page, "Episodes") == ("2", "1")
    page.keyboard.press("Control+z")
    wait_for_states(page, "✓ accepted", "not reviewed")

    before_s = edge_of_second(page)
    handle = page.locator(".edge-start").bounding_box()
    x, y = handle["x"] + handle["width"] / 2, handle["y"] + 40
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 20, y, steps=4)
    page.mouse.up()
    wait_for_states(page, "✓ accepted", "✓ changed")
    time_s = load_findings(opened.results).track.time_s
    assert edge_of_second(page) < before_s
    assert np.abs(time_s - edge_of_second(page)).min() < 0.006

    page.keyboard.press("Escape")
    go_to_frame(page, 100)
    page.keyboard.press("r")
    page.keyboard.press("n")
    go_to_frame(page, 115)
    page.keyboard.press("n")
    wait_for_states(page, "✓ accepted", "+ added", "✓ changed")
    page.keyboard.press("c")
    page.fill("#ask-comment", "<b>small</b>, at the lid")
    page.click("text=Save")
    page.wait_for_function(
        "() => document.querySelector('.editor .comment').textContent.includes('<b>small</b>')"
    )
    rows = page.locator(".episodes tbody tr").all_inner_texts()
    figures = page.locator(".figures tbody").inner_text()
    page.close()

    again = opened.browse()
    assert "2 of 2" in again.inner_text(".recordings .review")
    open_recording(again)
    wait_for_states(again, "✓ accepted", "+ added, comment", "✓ changed")
    assert again.locator(".figures tbody").inner_text() == figures
    assert again.locator(".episodes tbody tr").all_inner_texts() == rows

    again.click("text=Report as reviewed")
    again.get_by_text("Written beside the results").wait_for()
    written = json.loads((opened.results / "reviewed" / "summary.json").read_text("utf-8"))
    assert written["episodes"]["count"] == 3
    assert figure(again, "Episodes") == ("2", "3")
    steps = (opened.results / REVIEW_NAME).read_text("utf-8").splitlines()[1:]
    assert [json.loads(step)["action"] for step in steps] == [
        *("accept", "reject", "undo", "change", "add", "comment")
    ]
    assert load_findings(opened.results).summary.episodes.count == 2


def edge_of_second(page):
    return float(page.locator(".edge-start").get_attribute("aria-valuenow"))


def test_what_others_do_meanwhile_is_shown_and_stays(opened):
    page = opened.browse()
    open_recording(page)
    opened.client.call_me("Somebody else")
    path = f"/api/recordings/{opened.client.only_recording()}/review"
    action = {"type": "reject", "id": "d1"}
    assert opened.client.ask("POST", path, {"after": 0, "action": action}).status == 200
    page.keyboard.press("ArrowDown")
    page.keyboard.press("a")
    say_who(page, "A. Rater")
    page.get_by_text("Somebody else changed this review meanwhile").wait_for()
    wait_for_states(page, "✕ rejected", "not reviewed")
    page.keyboard.press("a")
    wait_for_states(page, "✓ accepted", "not reviewed")
    assert "Accepted by A. Rater, 20" in page.inner_text(".provenance")


def test_the_traces_zoom_about_the_pointer_pan_and_seek(opened):
    page = opened.browse()
    open_recording(page)
    page.wait_for_selector(".trace-score canvas")
    over = page.locator(".over").bounding_box()
    middle = over["x"] + over["width"] / 2, over["y"] + over["height"] / 2

    def ends_of_selected():
        edges = page.locator(".edge").all()
        return [box["x"] + box["width"] / 2 for box in (edge.bounding_box() for edge in edges)]

    page.keyboard.press("ArrowDown")
    before = ends_of_selected()
    page.mouse.move(before[0], middle[1])
    page.mouse.wheel(0, -300)
    page.wait_for_function(
        "length => { const [a, b] = [...document.querySelectorAll('.edge')].map("
        "each => each.getBoundingClientRect().x); return b - a > 1.4 * length; }",
        arg=before[1] - before[0],
    )
    zoomed = ends_of_selected()
    assert zoomed[0] == pytest.approx(before[0], abs=1.5)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 60, middle[1], steps=3)
    page.mouse.up()
    assert ends_of_selected()[0] == pytest.approx(zoomed[0] + 60, abs=1.5)
    page.mouse.click(*middle)  # one that does not move seeks
    page.wait_for_function(
        """x => document.querySelector('.frame-number').dataset.verified === 'true'
          && Math.abs(document.querySelector('.playhead').getBoundingClientRect().x - x) < 12""",
        arg=middle[0],
    )


def test_the_list_tells_sorts_and_filters(opened):
    page = opened.browse(1280, 800)
    row = page.locator(".recordings tbody tr")
    assert PATIENT in row.inner_text()  # as text, and no picture is asked for
    assert page.locator(".recordings img").count() == 0
    assert "0 of 2" in row.inner_text()
    sort = page.get_by_role("button", name="Patient")
    sort.click()
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("Patient")
    page.keyboard.press("/")
    page.keyboard.type("no such")
    page.get_by_text("No recording passes the filter.").wait_for()
    page.fill("input[type=search]", "p-7")
    page.keyboard.press("Escape")
    page.click("text=Review finished")
    page.get_by_text("No recording passes the filter.").wait_for()
    page.click("text=To review")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_selector(".recording h1")
    assert page.inner_text("h1") == "numbered clip.mp4"


def test_a_clip_that_is_added_is_analysed_or_told_why_not(opened, sample_videos):
    page = opened.browse()
    broken = {"name": "broken.mp4", "mimeType": "video/mp4", "buffer": b"no video" * 99}
    page.set_input_files("input[type=file]", broken)
    page.locator(".message.error", has_text="broken.mp4: ").wait_for()
    assert "not analysed" in page.locator("tr", has_text="broken.mp4").inner_text()
    page.set_input_files("input[type=file]", sample_videos / "healthy.mp4")
    page.click(".job >> text=Cancel")
    page.get_by_text("healthy.mp4: cancelled.").wait_for()
    assert not (opened.results.parent / "healthy_hemiscan").exists()


def test_a_rating_from_nothing_knows_neither_names_nor_findings(opened):
    page = opened.browse()
    asked = []
    page.on("response", lambda response: asked.append(response))
    page.click("text=Rating")
    say_who(page, "B. Rater")
    page.click("text=Begin")
    page.wait_for_selector(".frame-number[data-verified=true]")
    rated = [each for each in asked if "/api/ratings" in each.url or "/media/" in each.url]
    for response in rated:
        if "json" in response.headers.get("content-type", ""):
            assert not re.search('P-7|numbered|confidence": 0', response.text())
    text = page.inner_text("body").replace(page.inner_text("#where"), "")
    assert not re.search("P-7|numbered", text)
    go_to_frame(page, 60)
    page.keyboard.press("n")
    go_to_frame(page, 90)
    page.keyboard.press("n")
    page.wait_for_selector(".episodes tbody tr")
    page.keyboard.press("Shift+F")
    page.get_by_text("rated, 1 episode").wait_for()
    (table,) = (opened.results / "ratings").glob("*.csv")
    ((episode,),) = load_annotations(table).raters.values()
    time_s = load_findings(opened.results).track.time_s
    assert (episode.start_s, episode.end_s) == pytest.approx((time_s[60], time_s[90]), abs=1e-5)
    page.click("text=Recordings")
    assert "0 of 2" in page.inner_text(".recordings tbody tr")


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_the_window_in_both_schemes(opened, width, height, scheme):
    page = opened.browse(width, height, color_scheme=scheme)
    fits = "document.querySelector('main').scrollWidth <= innerWidth"
    assert page.evaluate(fits)
    open_recording(page)
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    assert page.evaluate(fits)
    cut_off = """[...document.querySelectorAll('.transport, .close-ups, .meters, .figures')]
      .filter(part => part.getBoundingClientRect().bottom > innerHeight
        || part.scrollWidth > part.clientWidth || part.scrollHeight > part.clientHeight)
      .map(part => part.className)"""
    assert page.evaluate(cut_off) == []
    page.keyboard.press("?")
    keys = page.locator("dialog kbd").all_inner_texts()
    assert {"Space", "[", "]", "Ctrl Z"} <= set(keys)
    page.keyboard.press("Escape")
    nameless = """[...document.querySelectorAll('button, input, select, a, [role=slider]')]
      .filter(each => !(each.getAttribute('aria-label') || each.textContent.trim()
        || each.labels?.length || each.placeholder))
      .map(each => each.outerHTML)"""
    assert page.evaluate(nameless) == []
    page.get_by_role("button", name="colours").click()
    assert page.evaluate("document.documentElement.dataset.theme") != scheme
