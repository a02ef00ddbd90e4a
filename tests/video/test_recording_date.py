from __future__ import annotations

import pytest

from hemiscan.video import open_clip
from hemiscan.video._recording_date import find_recording_date


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("2024-03-01T08:15:30.000000Z", "2024-03-01T08:15:30+00:00"),
        ("2024-03-01T08:15:30+0100", "2024-03-01T08:15:30+01:00"),
        ("2024-03-01 08:15:30", "2024-03-01T08:15:30"),
        ("2024-03-01", "2024-03-01"),
        ("1904-01-01T00:00:00.000000Z", ""),
        ("1970-01-01T00:00:00.000000Z", ""),
        ("2024", ""),
        ("last\nTuesday\ufffd", ""),
        ("", ""),
    ],
)
def test_what_containers_state_becomes_iso_8601_or_nothing(stated, expected):
    assert find_recording_date({"creation_time": stated}) == expected


def test_local_time_with_its_zone_is_preferred():
    tags = {
        "creation_time": "2024-03-01T07:15:30.000000Z",
        "com.apple.quicktime.creationdate": "2024-03-01T08:15:30+0100",
    }
    assert find_recording_date(tags) == "2024-03-01T08:15:30+01:00"
    assert find_recording_date({name.upper(): text for name, text in tags.items()}) == (
        "2024-03-01T08:15:30+01:00"
    )


def test_a_clip_tells_when_it_was_recorded(encode):
    dated = encode("dated.mp4", metadata={"creation_time": "2024-03-01T08:15:30Z"})
    with open_clip(dated) as clip:
        assert clip.info.recorded_at == "2024-03-01T08:15:30+00:00"
    with open_clip(encode("clip.mp4")) as clip:
        assert clip.info.recorded_at == ""
