"""Who is followed when several people are in view; people are made of bare face outlines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from hemiscan.tracking._subject import CONFIRM_S, SubjectFollower
from hemiscan.tracking.track import NO_FACE_WARNING

Place = tuple[float, float, float] | None
"""Centre x and y and size of a face in pixels, or None while it is out of view."""
Person = Callable[[float], Place]

RATES_HZ = (10, 30, 120)


def still(x: float, size: float) -> Person:
    """Somebody who stays where they are."""
    return lambda _: (x, 300.0, size)


def crossing(start_x: float, end_x: float, size: float, *, seconds: float = 4.0) -> Person:
    """Somebody who walks straight across the picture."""
    return lambda t: (start_x + (end_x - start_x) * t / seconds, 300.0, size)


def only(person: Person, *spans: tuple[float, float]) -> Person:
    """The same person, in view during the given spans alone."""
    return lambda t: person(t) if any(start <= t < end for start, end in spans) else None


def outline(place: tuple[float, float, float]) -> np.ndarray[Any, Any]:
    """The landmarks of a face of that place: an ellipse as high as wide."""
    x, y, size = place
    angle = np.linspace(0, 2 * np.pi, 478)
    ring = np.stack([np.cos(angle), np.sin(angle), np.zeros(478)], axis=1)
    return (ring * size / 2 + (x, y, 0)).astype(np.float32)


def follow(
    people: dict[str, Person],
    rng: np.random.Generator,
    *,
    seconds: float = 4.0,
    rate_hz: float = 30,
    face: int = 1,
) -> tuple[list[str | None], list[str]]:
    """Return whose face was chosen in each frame, and the warnings.

    The faces come in another order in every frame, and tremble by 0.5 %.
    """
    follower = SubjectFollower(face=face)
    chosen: list[str | None] = []
    for time_s in np.arange(0, seconds, 1 / rate_hz):
        places = {name: person(time_s) for name, person in people.items()}
        seen = [(name, place) for name, place in places.items() if place is not None]
        rng.shuffle(seen)
        faces = [outline(place) + rng.normal(0, 0.005 * place[2]) for _, place in seen]
        row = follower.choose(float(time_s), np.array(faces).reshape(-1, 478, 3))
        chosen.append(None if row is None else seen[row][0])
    return chosen, follower.warnings()


@pytest.mark.parametrize(("face", "expected"), [(1, "near"), (2, "middle"), (3, "far")])
def test_first_choice_goes_by_size(rng: np.random.Generator, face: int, expected: str) -> None:
    people = {"far": still(200, 60), "near": still(500, 150), "middle": still(800, 100)}
    chosen, warnings = follow(people, rng, face=face)
    assert set(chosen) == {expected}
    assert len(warnings) == 1
    assert "other people are in view for 3." in warnings[0]


def test_alone_there_is_nothing_to_warn_of(rng: np.random.Generator) -> None:
    chosen, warnings = follow({"subject": still(500, 100)}, rng)
    assert set(chosen) == {"subject"}
    assert warnings == []


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_nearer_person_walking_in_beside_does_not_take_over(
    rng: np.random.Generator, rate_hz: float
) -> None:
    people = {
        "subject": still(500, 100),
        "visitor": only(crossing(1400, 700, 220), (1, 4)),
    }
    chosen, _ = follow(people, rng, rate_hz=rate_hz)
    assert set(chosen) == {"subject"}


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("visitor_size", [95, 200])
def test_person_passing_in_front_hides_the_subject_but_does_not_become_them(
    rng: np.random.Generator, rate_hz: float, visitor_size: float
) -> None:
    # At 2 s both are at the same place; for 0.5 s before and after only the visitor is seen.
    people = {
        "subject": only(still(500, 100), (0, 1.5), (2.5, 4)),
        "visitor": only(crossing(200, 800, visitor_size), (0.4, 4)),
    }
    chosen, warnings = follow(people, rng, rate_hz=rate_hz)
    assert set(chosen) == {"subject", None}
    assert chosen[-1] == "subject"
    assert "other people are in view for 3." in warnings[0]


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_two_people_crossing_at_equal_size_keep_their_names(
    rng: np.random.Generator, rate_hz: float
) -> None:
    # One walks right, one left; around 2 s the detector finds only one face for both.
    people = {
        "subject": only(crossing(300, 700, 110), (0, 1.8), (2.2, 4)),
        "visitor": crossing(700, 300, 100),
    }
    chosen, _ = follow(people, rng, rate_hz=rate_hz)
    assert set(chosen) == {"subject", None}
    assert chosen[-1] == "subject"


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_two_people_crossing_in_full_view_keep_their_names(
    rng: np.random.Generator, rate_hz: float
) -> None:
    # Their faces pass above each other at less than a face's height.
    people = {
        "subject": lambda t: (300 + 100 * t, 275.0, 110.0),
        "visitor": lambda t: (700 - 100 * t, 325.0, 100.0),
    }
    chosen, _ = follow(people, rng, rate_hz=rate_hz)
    assert set(chosen) == {"subject"}


def test_two_people_running_past_each_other_keep_their_names(rng: np.random.Generator) -> None:
    # At 10 frames a second each comes nearer to where the other was than to their own place.
    people = {
        "subject": lambda t: (100 + 700 * t, 280.0, 110.0),
        "visitor": lambda t: (1290 - 700 * t, 320.0, 100.0),
    }
    chosen, _ = follow(people, rng, seconds=2, rate_hz=10)
    assert set(chosen) == {"subject"}


def test_visitor_leaning_over_onto_the_hidden_subject_is_not_taken(
    rng: np.random.Generator,
) -> None:
    # From one frame to the next the visitor's face moves to just where the subject's was.
    people = {
        "subject": only(still(440, 110), (0, 1.5)),
        "visitor": lambda t: (500.0 if t < 2 else 440.0, 300.0, 105.0),
    }
    chosen, _ = follow(people, rng, rate_hz=10)
    assert set(chosen[15:]) == {None}


@pytest.mark.parametrize("away_s", [0.1, 0.8, 5.0])
def test_subject_returning_to_their_place_is_found_again(
    rng: np.random.Generator, away_s: float
) -> None:
    people = {
        "subject": only(still(500, 100), (0, 1), (1 + away_s, 9)),
        "visitor": still(900, 80),
    }
    chosen, _ = follow(people, rng, seconds=9)
    assert set(chosen) == {"subject", None}
    found = np.array([name == "subject" for name in chosen])
    delay_s = 0.0 if away_s < 1 else CONFIRM_S
    assert found.sum() == pytest.approx((9 - away_s - delay_s) * 30, abs=2)


def test_subject_who_leaves_for_good_is_not_replaced_by_the_one_who_stays(
    rng: np.random.Generator,
) -> None:
    people = {"subject": only(still(500, 100), (0, 1)), "visitor": still(700, 80)}
    chosen, warnings = follow(people, rng, seconds=20)
    assert set(chosen[:30]) == {"subject"}
    assert set(chosen[31:]) == {None}
    assert any(
        warning.startswith("from 0.97 s on the subject is out of view") for warning in warnings
    )


def test_stranger_appearing_elsewhere_is_not_taken_at_once(rng: np.random.Generator) -> None:
    people = {
        "subject": only(still(300, 100), (0, 1)),
        "stranger": only(still(800, 100), (1.2, 9)),
    }
    chosen, warnings = follow(people, rng, seconds=9)
    # Five face sizes away: within reach 2.2 s after the subject was lost.
    first = chosen.index("stranger") / 30
    assert first == pytest.approx(1 + 2.2, abs=0.2)
    assert set(chosen[31 : chosen.index("stranger")]) == {None}
    assert len(warnings) == 1
    assert warnings[0].startswith("the face was lost at 0.97 s and found again at 3.")


def test_single_person_is_found_again_anywhere(rng: np.random.Generator) -> None:
    # A cut in the clip: the same face, half as large, in the far corner.
    people = {"subject": lambda t: (100, 100, 100.0) if t < 1 else (1800, 1000, 50.0)}
    chosen, warnings = follow(people, rng, seconds=20)
    assert chosen[-1] == "subject"
    assert 0.25 < np.mean([name is None for name in chosen]) < 0.75
    assert "check that it is the same person" in warnings[0]


def test_many_moves_make_few_warnings(rng: np.random.Generator) -> None:
    people = {"subject": lambda t: (300.0 + 300 * (int(t / 3) % 2), 300.0, 100.0)}
    _, warnings = follow(people, rng, seconds=30)
    assert len(warnings) == 4
    assert warnings[-1] == "the same happened 6 more times"


def test_flicker_while_the_subject_is_away_is_not_taken(rng: np.random.Generator) -> None:
    people = {
        "subject": only(still(300, 100), (0, 1)),
        "pattern": only(still(350, 60), (4.0, 4.1)),
    }
    chosen, warnings = follow(people, rng, seconds=6)
    assert set(chosen[30:]) == {None}
    assert warnings == []


def test_flicker_before_the_subject_comes_does_not_keep_them_out(
    rng: np.random.Generator,
) -> None:
    people = {
        "pattern": only(still(900, 60), (0, 0.1)),
        "subject": only(still(300, 100), (0.05, 9)),
    }
    chosen, _ = follow(people, rng, seconds=6)
    assert chosen[-1] == "subject"
    assert chosen.index("subject") / 30 < 1.3


def test_landmarks_that_jump_in_size_for_one_frame_are_left_out(
    rng: np.random.Generator,
) -> None:
    people = {"subject": lambda t: (300.0, 300.0, 160.0 if 0.99 < t < 1.01 else 100.0)}
    chosen, warnings = follow(people, rng)
    assert [index for index, name in enumerate(chosen) if name is None] == [30]
    assert warnings == []


def test_face_found_twice_is_one_person(rng: np.random.Generator) -> None:
    people = {"subject": still(300, 100), "again": only(still(310, 105), (1, 3))}
    chosen, warnings = follow(people, rng, face=2)
    assert set(chosen) == {None}
    assert warnings == [
        "face 2 was asked for, but no frame shows more than 1; nothing was measured"
    ]


def test_second_face_is_waited_for(rng: np.random.Generator) -> None:
    people = {"near": still(300, 100), "far": only(still(600, 60), (1, 4))}
    chosen, _ = follow(people, rng, face=2)
    assert set(chosen[:30]) == {None}
    assert set(chosen[31:]) == {"far"}


def test_nobody_at_all_is_a_warning(rng: np.random.Generator) -> None:
    chosen, warnings = follow({}, rng)
    assert set(chosen) == {None}
    assert warnings == [NO_FACE_WARNING]


@pytest.mark.parametrize("face", [0, -1, 1.0, "1", True, None])
def test_wrong_face_number_is_named(face: object) -> None:
    with pytest.raises(ValueError, match="face must be a whole number from 1 on, not"):
        SubjectFollower(face=face)  # type: ignore[arg-type]


def test_face_found_at_its_old_place_as_well_is_left_out_and_kept(
    rng: np.random.Generator,
) -> None:
    # The head moves by a third of its size; for one frame both places show a face.
    people = {
        "stale": only(still(300, 100), (0, 1.01)),
        "fresh": only(still(333, 100), (0.99, 4)),
    }
    chosen, warnings = follow(people, rng)
    assert chosen[30] is None
    assert set(chosen[:30]) == {"stale"}
    assert set(chosen[31:]) == {"fresh"}
    assert warnings == []


@pytest.mark.parametrize("rate_hz", [3, 30])
def test_face_found_at_its_old_place_far_away_is_lost_for_a_moment_only(
    rng: np.random.Generator, rate_hz: float
) -> None:
    people = {
        "stale": only(still(300, 100), (0, 1.1)),
        "fresh": only(still(380, 100), (0.99, 4)),
    }
    chosen, _ = follow(people, rng, rate_hz=rate_hz)
    first = chosen.index("fresh")
    assert 1.1 < first / rate_hz < 1.4
    assert set(chosen[first:]) == {"fresh"}
