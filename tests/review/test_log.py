"""The log of a review: what it keeps, and what it survives."""

from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hemiscan._intervals import Interval
from hemiscan.episodes import Episode
from hemiscan.errors import ResultFileError, ReviewConflictError
from hemiscan.review import ReviewAction, ReviewLog, replay


def episode(start_s, end_s, side="left"):
    return Episode(start_s, end_s, side, ("eye",), "clonic", 2, 2.0, start_s, 0.5, 0.9)


DETECTED = (episode(1, 2), episode(3, 4), episode(6, 8, "right"))
WHOLE = Interval(0.0, 20.0)


@pytest.fixture
def log(tmp_path):
    return ReviewLog(tmp_path / "review.jsonl", DETECTED, WHOLE, "abc")


def act(log, name, episode_id="", *, after=None, comment="", reviewer="A. Rater", **values):
    action = ReviewAction(name, episode_id, values, comment)
    return log.append(action, reviewer=reviewer, after=after)


def states(review):
    return {e.id: e.state for e in review.episodes}


def shown(review):
    """Everything a person sees of a state, without who and when."""
    episodes = [replace(e, reviewer="", time="", decided=None) for e in review.episodes]
    return episodes, review.comment, review.is_done


def test_what_is_done_to_episodes(log):
    act(log, "accept", "d1")
    act(log, "change", "d2", start_s=3.25, side="right", kind="tonic", regions=["mouth", "eye"])
    act(log, "reject", "d3")
    act(log, "comment", "d3", comment="a wink\nasked for")
    review = act(log, "add", start_s=10, end_s=11.5, side="left", reviewer="B. Rater")
    added = next(e for e in review.episodes if e.state == "added")
    assert states(review) == {
        "d1": "accepted",
        "d2": "changed",
        "d3": "rejected",
        added.id: "added",
    }
    changed = review.find("d2")
    assert (changed.start_s, changed.end_s, changed.side) == (3.25, 4, "right")
    assert (changed.kind, changed.regions) == ("tonic", ("eye", "mouth"))
    assert changed.detected == DETECTED[1]
    assert review.find("d3").comment == "a wink\nasked for"
    assert review.reviewers == ("A. Rater", "B. Rater")
    assert (review.n_reviewed, review.n_detected, review.seq) == (3, 3, 5)
    # Read again, it is the same.
    assert log.read() == review


def test_restored_is_as_detected(log):
    act(log, "change", "d1", end_s=2.5)
    act(log, "reject", "d1")
    assert shown(act(log, "restore", "d1")) == shown(replay([], DETECTED))
    assert act(log, "change", "d1", end_s=2.0).find("d1").state == "accepted"


def test_finishing_and_reopening(log):
    assert act(log, "finish").is_done
    assert not act(log, "undo").is_done
    assert act(log, "redo").is_done
    assert not act(log, "reopen").is_done


def test_times_end_with_the_recording(log):
    review = act(log, "add", start_s=19, end_s=30, side="left")
    assert review.episodes[-1].end_s == 20
    with pytest.raises(ValueError, match="later than start"):
        act(log, "add", start_s=25, end_s=30, side="left")


def test_episodes_of_one_side_do_not_overlap(log):
    with pytest.raises(ValueError, match=r"left episode from 1\.00 to 2\.00 s"):
        act(log, "change", "d2", start_s=1.5)
    act(log, "reject", "d1")
    act(log, "change", "d2", start_s=1.5)
    with pytest.raises(ValueError, match="overlap"):
        act(log, "restore", "d1")
    assert log.read().seq == 2


@pytest.mark.parametrize(
    "action",
    [
        {"name": "accept", "episode": "d9"},
        {"name": "undo"},
        {"name": "redo"},
        {"name": "change", "episode": "d1", "values": {"start_s": 5}},
    ],
)
def test_what_cannot_be_done_is_refused_and_not_kept(log, action):
    with pytest.raises(ValueError, match=r"\w"):
        log.append(ReviewAction(**action), reviewer="A")
    assert not log.path.exists()


@pytest.mark.parametrize(
    "action",
    [
        {"name": "shout"},
        {"name": "accept"},
        {"name": "accept", "episode": "d1", "values": {"side": "left"}},
        {"name": "add", "values": {"start_s": 1, "end_s": 2}},
        {"name": "add", "values": {"start_s": 2, "end_s": 1, "side": "left"}},
        {"name": "change", "episode": "d1", "values": {}},
        {"name": "change", "episode": "d1", "values": {"side": "up"}},
        {"name": "change", "episode": "d1", "values": {"start_s": float("nan")}},
        {"name": "change", "episode": "d1", "values": {"start_s": 10**400}},
        {"name": "change", "episode": "d1", "values": {"start_s": True}},
        {"name": "change", "episode": "d1", "values": {"start_s": "1"}},
        {"name": "change", "episode": "d1", "values": {"regions": ["nose"]}},
        {"name": "change", "episode": "d1", "values": {"regions": []}},
        {"name": "change", "episode": "d1", "values": {"confidence": 1}},
        {"name": "change", "episode": "d1", "values": [1]},
        {"name": "comment", "comment": "\ud800"},
        {"name": "comment", "comment": "\x1b[2J"},
        {"name": "comment", "comment": "x" * 2001},
        {"name": "comment", "comment": 7},
    ],
)
def test_what_is_no_action_is_refused(action):
    with pytest.raises(ValueError, match=r"\w"):
        ReviewAction(**action)


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 101, None])
def test_a_reviewer_has_a_name(log, name):
    with pytest.raises(ValueError, match="reviewer"):
        log.append(ReviewAction("finish"), reviewer=name)


def test_who_saw_an_earlier_state_overwrites_nothing(log):
    act(log, "accept", "d1", after=0)
    with pytest.raises(ReviewConflictError, match="somebody else"):
        act(log, "reject", "d1", after=0, reviewer="B")
    assert log.read().find("d1").state == "accepted"
    assert act(log, "reject", "d1", after=1, reviewer="B").seq == 2


def test_of_many_at_once_each_gets_in_once(log):
    """Ten people who each act on what they see, and look again when they came too late."""

    def review(number):
        while True:
            try:
                act(log, "comment", comment=f"{number}", after=log.read().seq)
            except ReviewConflictError:
                continue
            return

    threads = [threading.Thread(target=review, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    entries = log.entries()
    assert [entry.seq for entry in entries] == list(range(1, 11))
    assert sorted(int(entry.action.comment) for entry in entries) == list(range(10))


TIMES = st.floats(0, 20)
SPANS = st.tuples(TIMES, TIMES).filter(lambda span: span[0] + 0.01 < span[1])
IDS = st.sampled_from(["d1", "d2", "d3", "d4"])
SIDES = st.sampled_from(["left", "right"])
KINDS = st.sampled_from(["tonic", None])
CHANGES = st.one_of(
    st.builds(lambda span: {"start_s": span[0], "end_s": span[1]}, SPANS),
    st.builds(lambda time: {"start_s": time}, TIMES),
    st.builds(
        lambda side, kind: {"side": side, "kind": kind}, SIDES, st.sampled_from(["tonic", None])
    ),
)
ACTIONS = st.one_of(
    st.builds(ReviewAction, st.sampled_from(["accept", "reject", "restore"]), IDS),
    st.builds(ReviewAction, st.just("change"), IDS, CHANGES),
    st.builds(ReviewAction, st.just("comment"), IDS | st.just(""), st.just({}), st.text("aé\n")),
    st.builds(
        lambda span, side: ReviewAction(
            "add", "", {"start_s": span[0], "end_s": span[1], "side": side}
        ),
        SPANS,
        SIDES,
    ),
    st.sampled_from([ReviewAction(name) for name in ("finish", "reopen", "undo", "redo")]),
)


def do_all(log, actions):
    """Do what can be done, and return the states that were told, the first one included."""
    told = [log.read()]
    for action in actions:
        try:
            told.append(log.append(action, reviewer="A"))
        except ValueError:  # not in this state
            assert log.read() == told[-1]
    return told


@settings(max_examples=30, deadline=None)
@given(actions=st.lists(ACTIONS, max_size=12))
def test_undoing_everything_is_where_it_began_and_redoing_where_it_ended(tmp_path_factory, actions):
    log = ReviewLog(tmp_path_factory.mktemp("log") / "review.jsonl", DETECTED, WHOLE)
    ended = do_all(log, actions)[-1]
    now, n_undone = ended, 0
    while now.can_undo:
        now, n_undone = act(log, "undo"), n_undone + 1
    assert shown(now) == shown(replay([], DETECTED))
    for _ in range(n_undone):
        now = act(log, "redo")
    assert shown(now) == shown(ended)
    assert log.read() == now


@settings(max_examples=30, deadline=None)
@given(actions=st.lists(ACTIONS, min_size=1, max_size=6), data=st.data())
def test_cut_off_anywhere_it_is_an_earlier_state_and_goes_on_from_there(
    tmp_path_factory, actions, data
):
    log = ReviewLog(tmp_path_factory.mktemp("log") / "review.jsonl", DETECTED, WHOLE)
    told = do_all(log, actions)
    content = log.path.read_bytes() if log.path.exists() else b""
    ends = [end for end in range(len(content)) if content[end : end + 1] == b"\n"]
    length = data.draw(st.integers(0, len(content)))
    log.path.write_bytes(content[:length])
    n_whole = max(0, sum(end <= length for end in ends) - 1)  # the header is one
    assert log.read() == told[n_whole]
    assert act(log, "comment", comment="on").seq == n_whole + 1
    assert log.read().comment == "on"


def test_what_a_crash_wrote_in_part_is_taken_away(log):
    act(log, "accept", "d1")
    whole = log.path.read_bytes()
    log.path.write_bytes(whole + b'{"seq": 2, "id": "0\xc3')
    assert log.read().seq == 1
    act(log, "reject", "d1")
    assert log.path.read_bytes().startswith(whole)
    lines = map(json.loads, log.path.read_text().splitlines())
    assert [line.get("action") for line in lines] == [None, "accept", "reject"]


def test_a_last_line_without_its_end_counts_if_it_is_whole(log):
    """As an editor may leave it."""
    act(log, "accept", "d1")
    log.path.write_bytes(log.path.read_bytes().rstrip())
    assert log.read().seq == 1
    assert act(log, "reject", "d1").seq == 2
    assert log.read().seq == 2


HEADER = b'{"format": "hemiscan review", "version": 1}\n'


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"format": "other"}\n{}\n', "line 1: damaged"),
        (b'{"format": "hemiscan review", "version": 9}\n', "newer version"),
        (
            b'{"format": "hemiscan review", "version": 1, "source_sha256": "x"}\n',
            "another recording",
        ),
        (
            b'{"format": "hemiscan review", "version": 1}\n{"seq": 1, "action"\n{}',
            "line 2: damaged",
        ),
        (HEADER + b"[1]\n\n", "line 2: damaged"),
        (b"\xff\xfe\n\n", "line 1: damaged"),
    ],
)
def test_a_file_that_is_no_review_is_told_in_one_line_and_left_alone(log, content, told):
    log.path.write_bytes(content)
    with pytest.raises(ResultFileError, match=told) as error:
        log.read()
    assert "\n" not in str(error.value)
    with pytest.raises(ResultFileError, match=told):
        act(log, "accept", "d1")
    assert log.path.read_bytes() == content


def test_after_a_new_analysis_decisions_find_their_episodes_by_overlap(log):
    act(log, "accept", "d1")
    act(log, "reject", "d2")
    act(log, "change", "d3", end_s=9)
    moved = (episode(0.2, 0.5), episode(1.1, 2.1), episode(6, 8, "right"))
    now = replace(log, detected=moved)
    review = now.read()
    assert states(review) == {
        "d1": "unreviewed",
        "d2": "accepted",
        "d3": "changed",
        "u1": "rejected",  # of what is not detected any more
    }
    assert (review.find("d2").start_s, review.find("d3").end_s) == (1.1, 9)
    assert review.remarks == (
        "the left episode from 1.00 to 2.00 s was decided about and is now detected from 1.10 to "
        "2.10 s",
        "the left episode from 3.00 to 4.00 s was decided about and is not detected any more",
    )
    # And can still be acted on, in the new analysis and in the old one.
    act(now, "accept", "u1")
    assert act(now, "comment", "d2", comment="later").find("d2").comment == "later"
    assert log.read().find("d2").state == "accepted"
    assert log.read().find("d1").comment == "later"


def test_an_edge_set_by_hand_holds_whatever_is_detected_later(log):
    act(log, "change", "d3", start_s=7.5)
    changed = replace(log, detected=(episode(5.5, 7, "right"),)).read().find("d1")
    assert (changed.start_s, changed.end_s, changed.state) == (7.5, 8, "changed")


def test_without_its_detection_an_accepted_episode_still_counts(log):
    act(log, "accept", "d1")
    review = replace(log, detected=()).read()
    assert [(e.id, e.start_s, e.end_s, e.counts) for e in review.episodes] == [("u1", 1, 2, True)]
    assert review.n_unmatched == 1
