"""Headless Chromium, for pages; without it, or without Playwright, these tests skip."""

from __future__ import annotations

import shutil

import pytest

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""Nothing but the page under test may reach for the network."""


@pytest.fixture(scope="session")
def chromium():
    """The system's Chromium, driven by Playwright; it downloads no browser of its own."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs hemiscan[browser]")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("needs Chromium (apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, tmp_path):
    """Opens HTML from disk at a width; fails on script errors and on any request but for it."""
    contexts = []

    def open_html(html, width):
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8")
        context = chromium.new_context(viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.requested, page.complaints = [], []
        page.on("request", lambda request: page.requested.append(request.url))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("console", lambda message: page.complaints.append(message.text))
        page.goto(path.as_uri())
        return page

    yield open_html
    for context in contexts:
        context.close()
