"""The report as a browser shows it."""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess

import cv2
import numpy as np
import pytest

from hemiscan.overlay.stills import Still
from hemiscan.results.report import render_report

WIDTHS = (380, 800, 1280)


@pytest.fixture
def html(spasm_analysis):
    return render_report(spasm_analysis)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_report_loads_nothing_from_anywhere(html, open_page, width):
    page = open_page(html, width)
    assert [url for url in page.requested if not url.startswith(("file:", "data:"))] == []
    assert page.complaints == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_is_never_wider_than_the_window(html, open_page, width):
    page = open_page(html, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_the_timeline_is_shown(html, open_page, width):
    page = open_page(html, width)
    sizes = page.evaluate("[...document.images].map(i => [i.naturalWidth, i.clientWidth])")
    assert sizes
    assert all(natural > 0 and shown > 0 for natural, shown in sizes)


def test_every_episode_has_a_row(html, open_page, spasm_analysis):
    page = open_page(html, 1280)
    text = page.inner_text("body")
    assert all(episode.side in text for episode in spasm_analysis.episodes)
    assert f"{len(spasm_analysis.episodes)} one-sided" in text


@pytest.fixture
def picture():
    """A grey picture, as the faces in a report have them."""
    return cv2.imencode(".jpg", np.full((432, 360, 3), 128, np.uint8))[1].tobytes()


def test_faces_are_shown_large_enough_to_judge_a_lid(spasm_analysis, picture, open_page):
    still = Still(4.0, picture, picture)
    html = render_report(spasm_analysis, stills=[{"before": still, "peak": still, "after": still}])
    for width, least_px in ((1280, 360), (800, 360), (380, 280)):
        page = open_page(html, width)
        faces = page.evaluate("[...document.querySelectorAll('img.face')].map(i => i.clientWidth)")
        assert len(faces) == 3
        assert min(faces) >= least_px


@pytest.mark.parametrize("width", WIDTHS)
def test_what_can_be_scrolled_sideways_says_so(html, open_page, width):
    page = open_page(html, width)
    told = page.evaluate(
        """[...document.querySelectorAll('.scroll')]
        .filter(of => of.scrollWidth > of.clientWidth + 1)
        .map(of => of.previousElementSibling?.matches('.hint')
             && getComputedStyle(of.previousElementSibling).display != 'none')"""
    )
    assert all(told)
    assert bool(told) is (width < 1000)


def test_every_printed_page_carries_clip_and_date(make_analysis, open_page, tmp_path):
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("needs pdftotext (apt-get install poppler-utils)")
    spasms = [(5.0 * i + 1, 5.0 * i + 3, "right", "clonic") for i in range(9)]
    analysis = make_analysis(seconds=50.0, spasms=spasms, name="third visit.mp4")
    page = open_page(render_report(analysis, made_on=dt.date(2026, 11, 26)), 1280)
    page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    text = subprocess.run(
        [reader, "-layout", tmp_path / "report.pdf", "-"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    pages = text.rstrip("\f\n").split("\f")
    assert len(pages) > 3
    for number, content in enumerate(pages, start=1):
        assert "third visit.mp4" in content
        assert "analysed 2026-11-26" in content
        assert f"{number}/{len(pages)}" in content.replace(" ", "")
