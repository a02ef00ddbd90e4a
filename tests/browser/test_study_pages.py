"""The pages of a study as a browser shows them."""

from __future__ import annotations

import shutil
import subprocess
import time
from dataclasses import replace

import pytest

from hemiscan.study import RecordingOverview, render_index, render_patient
from tests.study.faked import fake_recordings

WIDTHS = (380, 800, 1280, 1920)
NASTY = "</script><img src=x onerror=console.log(1)>"


@pytest.fixture(scope="module")
def recordings():
    return fake_recordings(40)


@pytest.fixture(scope="module")
def index(recordings):
    return render_index(recordings, name="toxin")


def column(page, title):
    """The texts of a column, top to bottom."""
    return page.evaluate(
        """title => {
            const titles = [...document.querySelectorAll('thead th')].map(th => th.textContent);
            const number = titles.indexOf(title);
            return [...document.querySelectorAll('tbody tr')]
                .map(row => row.cells[number]?.firstChild?.textContent);
        }""",
        title,
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_pages_ask_for_nothing_and_fit(index, recordings, open_page, width):
    for html in (index, render_patient(recordings[:4])):
        page = open_page(html, width)
        assert [url for url in page.requested if not url.startswith("file:")] == []
        assert page.complaints == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        hides = page.evaluate(
            "[...document.querySelectorAll('.scroll')].map(e => e.scrollWidth - e.clientWidth)"
        )
        if width >= 1280:
            assert max(hides) <= 1
        else:
            assert page.is_visible(".hint")


def test_rows_are_sorted_by_the_keyboard(index, open_page):
    page = open_page(index, 1280)
    page.focus("thead th:nth-child(7) button")
    page.keyboard.press("Enter")
    counts = [int(text) for text in column(page, "Left") if text and text.isdigit()]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 0
    assert page.get_attribute("thead th:nth-child(7)", "aria-sort") == "descending"
    assert page.evaluate("document.activeElement.textContent") == "Left"
    page.keyboard.press("Enter")
    assert page.get_attribute("thead th:nth-child(7)", "aria-sort") == "ascending"
    page.keyboard.press("Enter")
    assert page.get_attribute("thead th:nth-child(7)", "aria-sort") is None
    assert page.text_content("tbody tr .flag") == "failed"


def test_rows_are_searched_and_filtered(index, recordings, open_page):
    page = open_page(index, 1280)
    page.fill("#search", "p-003 week")
    assert set(column(page, "Patient")) == {"P-003"}
    assert page.text_content("#count") == "1 to 3 of 3 that match; 160 recordings in all"
    page.fill("#search", "")
    page.select_option("#filter", "failed")
    failed = [r for r in recordings if r.status == "failed"]
    assert len(column(page, "Patient")) == len(failed)
    assert failed[0].error in page.text_content("tbody")
    page.fill("#search", "nobody")
    assert "No recordings match" in page.text_content("tbody")
    assert not page.is_visible(".pager")


def test_patients_are_a_table_of_their_own(index, recordings, open_page):
    page = open_page(index, 1280)
    page.select_option("#view", "patients")
    assert len(column(page, "Patient")) == 40
    page.fill("#search", "P-007")
    own = [r for r in recordings if r.patient == "P-007"]
    assert column(page, "Left") == [str(sum(r.left_count for r in own))]
    assert page.get_attribute("tbody a", "href") == "patients/P-007.html"


def test_what_cannot_be_seen_is_said(index, open_page):
    page = open_page(index, 1280)
    labels = page.evaluate(
        "[...document.querySelectorAll('svg')].map(e => e.getAttribute('aria-label'))"
    )
    assert labels
    assert all("left and" in label and "episodes in" in label for label in labels)
    assert page.evaluate("document.querySelectorAll('input, select').length") == page.evaluate(
        "[...document.querySelectorAll('input, select')].filter(e => e.labels.length).length"
    )


def test_names_cannot_leave_their_cells(open_page):
    shown = RecordingOverview("x", NASTY, NASTY, "", NASTY, NASTY, NASTY, NASTY, error=NASTY)
    rows = [replace(shown, status="failed"), replace(shown, status="done", seconds=60.0)]
    for html in (render_index(rows, name=NASTY), render_patient(rows)):
        page = open_page(html, 1280)
        assert page.complaints == []
        assert page.evaluate("document.images.length") == 0
        assert page.text_content("tbody").count(NASTY) >= 4


def test_ten_thousand_recordings_open_at_once(open_page):
    html = render_index(fake_recordings(2500))
    taken_s = []
    for _ in range(2):  # the first time, the machine may be busy with something else
        began = time.perf_counter()
        page = open_page(html, 1280)
        page.wait_for_selector("tbody tr:nth-child(100)")
        taken_s.append(time.perf_counter() - began)
    assert min(taken_s) < 3
    assert page.evaluate("document.querySelectorAll('tbody tr').length") == 100
    page.click("#next")
    assert page.text_content("#count").startswith("101 to 200 of 10000 rec")


def test_the_print_has_all_rows_and_is_light(index, recordings, open_page, tmp_path):
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("needs pdftotext (apt-get install poppler-utils)")
    page = open_page(index, 1280)
    page.emulate_media(color_scheme="dark", media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.pdf(path=tmp_path / "index.pdf", prefer_css_page_size=True)
    text = subprocess.run(
        [reader, "-layout", tmp_path / "index.pdf", "-"], capture_output=True, text=True, check=True
    ).stdout
    assert {r.patient for r in recordings} <= set(text.split())
    assert "1 to 160 of 160 recordings" in text
    assert all("it does not diagnose" in content for content in text.rstrip("\f\n").split("\f"))
