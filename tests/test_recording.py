"""Whose recording it is: what is accepted, what is filled in, and that nothing else changes."""

from __future__ import annotations

import pytest

from hemiscan import Recording


@pytest.mark.parametrize(
    "date", ["2026-11-26", "2026-11-26T08:15:30+01:00", "2024-03-01T08:15:30Z"]
)
def test_iso_dates_are_taken_as_given(date: str) -> None:
    recording = Recording(date=date)
    assert (recording.date, recording.date_source) == (date, "given")
    assert recording.day == date[:10]


@pytest.mark.parametrize(
    "date", ["26.11.2026", "11/26/2026", "20261126", "2026-11", "2026-02-30", "0026-11-26", "today"]
)
def test_other_dates_are_refused_with_the_form_that_is_wanted(date: str) -> None:
    with pytest.raises(ValueError, match=r"^date must be a day as YYYY-MM-DD"):
        Recording(date=date)


@pytest.mark.parametrize("field", ["patient", "visit", "task", "note"])
@pytest.mark.parametrize("text", ["a\nb", "a\x1b[2J", "\u202eexe", "x" * 501])
def test_texts_that_steer_a_terminal_or_fill_a_page_are_refused(field: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"^{field} must have"):
        Recording(**{field: text})


def test_the_container_tells_the_date_only_where_nobody_gave_it() -> None:
    stated = "2024-03-01T08:15:30+00:00"
    found = Recording().of_clip("a.mp4", "f" * 64, stated)
    assert (found.date, found.date_source) == (stated, "container")
    assert (found.clip, found.sha256) == ("a.mp4", "f" * 64)
    given = Recording(date="2024-02-29").of_clip("a.mp4", "", stated)
    assert (given.date, given.date_source) == ("2024-02-29", "given")
    assert Recording().of_clip("a.mp4", "", "last week").date_source == ""


def test_what_is_given_later_replaces_and_the_rest_stays() -> None:
    first = Recording("P01", "V1", date="2024-03-01T08:15:30", date_source="container", note="dark")
    later = first.updated(Recording(visit="V2", date="2024-03-02"))
    assert later == Recording("P01", "V2", date="2024-03-02", date_source="given", note="dark")


def test_a_name_of_a_file_is_made_safe() -> None:
    assert Recording().of_clip("a\n\x1b.mp4", "").clip == "a\\n\\x1b.mp4"
