from __future__ import annotations

import math

import pytest

from hemiscan.errors import HemiscanError, OutputError
from hemiscan.synthetic import Spasm, compute_truth, load_truth, save_truth, truth_path

SPASMS = [
    Spasm(6.0, 2.0, "right", "tonic", 0.9, brow_rise=True),
    Spasm(1.0, 3.0, "left", "clonic", 0.75, pattern="eye_cheek", rate_hz=3.0),
]


def test_truth_is_in_order_of_time_and_inside_the_spasms():
    clonic, tonic = compute_truth(SPASMS)
    assert (clonic.side, clonic.kind, clonic.amplitude) == ("left", "clonic", 0.75)
    assert (tonic.side, tonic.kind, tonic.regions[0]) == ("right", "tonic", "brow")
    assert 1.0 < clonic.start_s < 1.1
    assert 3.8 < clonic.end_s <= 4.0
    assert clonic.twitch_rate_hz == pytest.approx(3.0, rel=0.1)
    assert math.isnan(tonic.twitch_rate_hz)


def test_truth_comes_back_from_its_file(tmp_path):
    truth = compute_truth(SPASMS)
    path = truth_path(tmp_path / "clip.mp4")
    save_truth(truth, path)
    back = load_truth(path)
    assert path.name == "clip.truth.csv"
    for before, after in zip(truth, back, strict=True):
        assert after.start_s == pytest.approx(before.start_s, abs=0.001)
        assert after.end_s == pytest.approx(before.end_s, abs=0.001)
        assert after.regions == before.regions
        assert (after.side, after.kind) == (before.side, before.kind)


def test_the_file_is_a_table_that_anything_reads(tmp_path):
    save_truth(compute_truth(SPASMS), tmp_path / "t.csv")
    header, first, second = (tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()
    assert header == "start_s,end_s,side,regions,kind,amplitude,twitch_rate_hz"
    assert first.split(",")[2:6] == ["left", "eye+cheek", "clonic", "0.75"]
    assert second.endswith(",0.9,")


def test_no_episodes_is_a_header_alone(tmp_path):
    save_truth((), tmp_path / "t.csv")
    assert load_truth(tmp_path / "t.csv") == ()
    assert (tmp_path / "t.csv").read_text(encoding="utf-8").count("\n") == 1


@pytest.mark.parametrize(
    "content",
    [
        "a,b\n1,2\n",
        "start_s,end_s,side,regions,kind,amplitude,twitch_rate_hz\n1,2,up,eye,clonic,1,\n",
        "start_s,end_s,side,regions,kind,amplitude,twitch_rate_hz\n1,2\n",
    ],
)
def test_another_table_is_refused_with_its_name(tmp_path, content):
    path = tmp_path / "other.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(HemiscanError, match=r"other\.csv as true episodes"):
        load_truth(path)


def test_an_unwritable_place_is_named(tmp_path):
    with pytest.raises(OutputError, match="nowhere"):
        save_truth((), tmp_path / "nowhere" / "t.csv")
