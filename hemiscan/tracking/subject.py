"""Following one person among the faces of a clip.

Everybody in view is followed, not the subject alone: a face that continues another
person's then cannot be mistaken for the subject's, however near or large it becomes.

A person last seen ``gap`` seconds ago is looked for within ``REACH + REACH_PER_S * gap``
face sizes of where they are expected, change of size counted in. After `MEMORY_S` nobody is
recognised at once any more; the subject then becomes the nearest face in that reach that has
stayed in view for `CONFIRM_S`: near where they left at first, later also elsewhere, in the end
anywhere. A face that was in view together with the subject for `CONFIRM_S` is somebody else's:
it does not become the subject's as long as it stays in view.

Where two faces are found on top of each other, one of them is false: mediapipe holds on to the
place where a quickly moving face was. Such a frame counts as one without a face.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hemiscan.tracking._people import MEMORY_S, Face, Person, faces_by_size, match_people
from hemiscan.tracking.track import NO_FACE_WARNING

CONFIRM_S = 0.25
"""In view for less, a face is not trusted to be one where it matters whose it is: the
detector takes a pattern for a face now and then, but not for longer."""

NOTABLE_S = 0.5
"""Other faces in view for less are not worth a warning: they may be flickers."""

_MOVED = 1.0  # found again farther away than this, in face sizes, is worth a warning
_MOVES_TOLD = 3


def _is_settled(person: Person) -> bool:
    return person.seen_s - person.since_s >= CONFIRM_S


def _is_somebody_else(person: Person) -> bool:
    return person.together_s >= CONFIRM_S


class SubjectFollower:
    """Picks the subject's face out of the faces of each frame.

    The subject is the ``face``-th largest of the first frame that shows as many faces,
    and the same person from then on.

    Parameters
    ----------
    face : int, optional
        1 for the largest, 2 for the second largest, and so on.

    Raises
    ------
    ValueError
        If ``face`` is not a whole number from 1 on.
    """

    def __init__(self, *, face: int = 1) -> None:
        if not isinstance(face, int) or isinstance(face, bool) or face < 1:
            raise ValueError(f"face must be a whole number from 1 on, not {face!r}")
        self._rank = face
        self._subject: Person | None = None
        self._others: list[Person] = []
        self._previous_s: float | None = None
        self._last_seen: tuple[float, Face] | None = None
        self._most_faces = 0
        self._others_s = 0.0
        self._others_alone_s = 0.0
        self._moves: list[str] = []

    def choose(self, time_s: float, landmarks: NDArray[np.floating]) -> int | None:
        """Return which face of the next frame is the subject's.

        Parameters
        ----------
        time_s : float
            Presentation time, increasing from call to call.
        landmarks : ndarray, shape (n_faces, n_landmarks, 3)
            The faces of the frame, in pixels and in any order.

        Returns
        -------
        int or None
            Row of ``landmarks``; None where the subject is not in view.
        """
        previous_s = time_s if self._previous_s is None else self._previous_s
        self._previous_s = time_s
        people = self._others if self._subject is None else [self._subject, *self._others]
        faces = faces_by_size(landmarks)
        newcomers = match_people(people, faces, time_s, previous_s)
        remembered = [p for p in self._others if p.is_remembered(time_s, previous_s)]
        self._others = remembered + newcomers
        subject = self._find_subject(time_s)
        if subject is None:
            return None
        self._account(subject, time_s - previous_s)
        if not subject.in_view or subject.face.is_found_twice(faces):
            return None
        return subject.face.row

    def warnings(self) -> list[str]:
        """Return what a reader of the results should know about the people in view."""
        if self._subject is None:
            return [self._why_nobody()]
        messages = self._moves[:_MOVES_TOLD]
        if len(self._moves) > _MOVES_TOLD:
            messages.append(f"the same happened {len(self._moves) - _MOVES_TOLD} more times")
        if self._others_s >= NOTABLE_S:
            which = "the largest" if self._rank == 1 else f"no. {self._rank} by size"
            messages.append(
                f"other people are in view for {self._others_s:.1f} s; the face followed is "
                f"the one that was {which} at first"
            )
        if self._others_alone_s > MEMORY_S:
            messages.append(
                f"from {self._subject.seen_s:.2f} s on the subject is out of view and another "
                "face is in view; if that one is meant, choose another face or a later start"
            )
        return messages

    def _find_subject(self, time_s: float) -> Person | None:
        """Choose the subject at first, and again where the one there was is lost."""
        subject = self._subject
        if subject is None:
            return self._first(None)
        if subject.in_view:
            return subject
        if not _is_settled(subject) and time_s - subject.seen_s > MEMORY_S:
            return self._first(subject)
        candidates = [
            (distance, person)
            for person in self._others
            if person.in_view
            and not _is_somebody_else(person)
            and _is_settled(person)
            and (distance := subject.distance(person.face, time_s)) <= subject.reach(time_s)
        ]
        if not candidates:
            return subject
        return self._become(min(candidates, key=lambda candidate: candidate[0])[1])

    def _first(self, subject: Person | None) -> Person | None:
        """Choose the subject by size, once enough faces are in view."""
        in_view = [person for person in self._others if person.in_view]
        self._most_faces = max(self._most_faces, len(in_view))
        if len(in_view) < self._rank:
            return subject
        in_view.sort(key=lambda person: -person.face.size)
        return self._become(in_view[self._rank - 1])

    def _become(self, person: Person) -> Person:
        self._others.remove(person)
        self._subject = person
        return person

    def _account(self, subject: Person, step_s: float) -> None:
        """Keep the books that `warnings` is written from."""
        in_view = [person for person in self._others if person.in_view]
        if subject.in_view:
            for person in in_view:
                # The detector may let go of a moving face a frame late, so that it shows
                # beside the true one; that alone does not make two people of them.
                if person.since_s < subject.seen_s:
                    person.together_s += step_s
            self._note_move(subject)
            self._others_alone_s = 0.0
        elif in_view:
            self._others_alone_s += step_s
        if any(_is_somebody_else(person) for person in in_view):
            self._others_s += step_s

    def _note_move(self, subject: Person) -> None:
        if self._last_seen is not None:
            seen_s, face = self._last_seen
            if face.distance(subject.face) > _MOVED:
                self._moves.append(
                    f"the face was lost at {seen_s:.2f} s and found again at "
                    f"{subject.seen_s:.2f} s elsewhere: check that it is the same person"
                )
        self._last_seen = subject.seen_s, subject.face

    def _why_nobody(self) -> str:
        if self._most_faces == 0:
            return NO_FACE_WARNING
        return (
            f"face {self._rank} was asked for, but no frame shows more than "
            f"{self._most_faces}; nothing was measured"
        )
