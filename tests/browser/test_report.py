"""The report as a browser shows it."""

from __future__ import annotations

import pytest

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
