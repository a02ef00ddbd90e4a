"""Choosing the subject among the faces of a clip: multi-face tracking over time.

Every face in view is tracked, not the subject's alone: a detection that continues another
person's track then cannot be mistaken for the subject, however near or large it becomes.

Detections are associated with tracks by position and size. A person last detected ``gap``
seconds ago is looked for within a gate of ``GATE + GATE_PER_S * gap`` face sizes around the
predicted position. After `MEMORY_S` no track is continued at once any more; the subject then
becomes the nearest face within that gate that has stayed in view for `CONFIRM_S`: near where
they left at first, later also elsewhere, in the end anywhere. A face that was in view together
with the subject for `CONFIRM_S` is somebody else's: it does not become the subject's as long as
it stays in view.

Where two detections lie on top of each other, one of them is false: mediapipe holds on to the
place where a quickly moving face was. Such a frame counts as one without a face.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hemiscan.tracking.track import NO_FACE_WARNING
from hemiscan.video.frames import Frame

GATE = 0.6
"""Distance, in face sizes, that a face may move from one frame to the next. Talking and acting
people stay below 0.33, frozen frames of the clip included."""

GATE_PER_S = 2.0
"""Growth of the gate while a person is not detected, in face sizes a second: about as fast as
heads are carried around a room."""

HIDDEN_S = 0.25
"""Not detected for longer, a person no longer contests a face with those in view."""

MEMORY_S = 1.0
"""Not detected for longer, a person's track is not continued any more."""

CONFIRM_S = 0.25
"""In view for less, a face is not trusted to be one where it matters whose it is: the
detector takes a pattern for a face now and then, but not for longer."""

NOTABLE_S = 0.5
"""Other faces in view for less are not worth a warning: they may be false detections."""

_VELOCITY_TIME_CONSTANT_S = 0.15
_SIZE_WEIGHT = 4.0  # a face 1.5 times as large counts as 1.6 face sizes away
_DUPLICATE_OFFSET = 0.45  # centres nearer than this, in face sizes, are of one face
_NOTABLE_MOVE = 1.0  # found again farther away than this, in face sizes, is worth a warning
_MAX_MOVE_WARNINGS = 3


@dataclass(frozen=True, eq=False)
class Sighting:
    """The subject in one frame.

    Attributes
    ----------
    frame : Frame
    landmarks : ndarray of float32, shape (478, 3), or None
        In pixels; None where the subject is not in view.
    presence : float
        The engine's confidence that it is a face; 0 where the subject is not in view.
    """

    frame: Frame
    landmarks: NDArray[np.float32] | None
    presence: float

    @property
    def time_s(self) -> float:
        """Presentation time of the frame."""
        return self.frame.time_s

    @property
    def image(self) -> NDArray[np.uint8]:
        """Pixels of the frame."""
        return self.frame.image

    @property
    def index(self) -> int:
        """Number of the frame in the clip."""
        return self.frame.index


@dataclass(frozen=True, eq=False)
class Face:
    """A detected face: its row in the detections, its position and size in the frame.

    Attributes
    ----------
    row : int
        Row of `Detections.landmarks`.
    centre : ndarray of float64, shape (2,)
        Mean of the landmarks, in pixels.
    size : float
        Square root of the face's width times height, in pixels.
    """

    row: int
    centre: NDArray[np.float64]
    size: float

    def offset(self, other: Face) -> float:
        """Return the distance of the centres of two faces, in face sizes."""
        return float(np.hypot(*(self.centre - other.centre)) / np.sqrt(self.size * other.size))

    def distance(self, other: Face) -> float:
        """Return the distance of two faces in position and size, in face sizes."""
        return float(np.hypot(self.offset(other), _SIZE_WEIGHT * np.log(self.size / other.size)))

    def has_duplicate(self, faces: list[Face]) -> bool:
        """Return whether another of the faces lies on this one, so that one of them is false."""
        return any(face is not self and self.offset(face) < _DUPLICATE_OFFSET for face in faces)


@dataclass(eq=False)
class Person:
    """The track of one person: the latest detection, and when they were in view.

    Attributes
    ----------
    face : Face
        The latest detection.
    first_s, last_s : float
        Times of the first and of the latest detection.
    in_view : bool
        Whether they were detected in the current frame.
    with_subject_s : float
        For how long they were in view together with the subject.
    velocity : ndarray of float64, shape (2,)
        Pixels a second, smoothed.
    """

    face: Face
    first_s: float
    last_s: float
    in_view: bool = True
    with_subject_s: float = 0.0
    velocity: NDArray[np.float64] = field(default_factory=lambda: np.zeros(2))

    @property
    def is_confirmed(self) -> bool:
        """Whether they were in view for long enough not to be a false detection."""
        return self.last_s - self.first_s >= CONFIRM_S

    @property
    def is_somebody_else(self) -> bool:
        """Whether they were in view beside the subject for long enough to be another person."""
        return self.with_subject_s >= CONFIRM_S

    def distance(self, face: Face, time_s: float) -> float:
        """Return the distance of a face from this person's predicted one, in face sizes."""
        predicted_s = min(time_s - self.last_s, HIDDEN_S)
        predicted = self.face.centre + self.velocity * predicted_s
        return Face(self.face.row, predicted, self.face.size).distance(face)

    def gate(self, time_s: float) -> float:
        """Return the largest distance at which a face may be this person's, in face sizes."""
        return GATE + GATE_PER_S * (time_s - self.last_s)

    def is_remembered(self, time_s: float, previous_s: float) -> bool:
        """Return whether they were detected in the frame before or not long ago."""
        return self.last_s >= min(previous_s, time_s - MEMORY_S)

    def update(self, face: Face, time_s: float) -> None:
        """Continue the track with a detection."""
        step_s = time_s - self.last_s
        velocity = (face.centre - self.face.centre) / step_s
        gain = min(1.0, step_s / _VELOCITY_TIME_CONSTANT_S)
        self.velocity = self.velocity + (velocity - self.velocity) * gain
        self.face, self.last_s, self.in_view = face, time_s, True


class SubjectFollower:
    """Picks the subject's face out of the faces of each frame.

    The subject is the ``face``-th largest of the first frame with that many faces, and the
    same person from then on.

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
        self._last_subject_face: tuple[float, Face] | None = None
        self._max_faces = 0
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
        faces = measure_faces(landmarks)
        new_people = associate_faces(people, faces, time_s, previous_s)
        remembered = [p for p in self._others if p.is_remembered(time_s, previous_s)]
        self._others = remembered + new_people
        subject = self._update_subject(time_s)
        if subject is None:
            return None
        self._update_statistics(subject, time_s - previous_s)
        if not subject.in_view or subject.face.has_duplicate(faces):
            return None
        return subject.face.row

    def warnings(self) -> list[str]:
        """Return what a reader of the results should know about the people in view."""
        if self._subject is None:
            return [self._describe_absence()]
        messages = self._moves[:_MAX_MOVE_WARNINGS]
        if len(self._moves) > _MAX_MOVE_WARNINGS:
            n_more = len(self._moves) - _MAX_MOVE_WARNINGS
            messages.append(f"the same happened {n_more} more times")
        if self._others_s >= NOTABLE_S:
            which = "the largest" if self._rank == 1 else f"no. {self._rank} by size"
            messages.append(
                f"other people are in view for {self._others_s:.1f} s; the face followed is "
                f"the one that was {which} at first"
            )
        if self._others_alone_s > MEMORY_S:
            messages.append(
                f"from {self._subject.last_s:.2f} s on the subject is out of view and another "
                "face is in view; if that one is meant, choose another face or a later start"
            )
        return messages

    def _update_subject(self, time_s: float) -> Person | None:
        """Choose the subject at first, and again where the track of the subject is lost."""
        subject = self._subject
        if subject is None:
            return self._choose_by_size(None)
        if subject.in_view:
            return subject
        if not subject.is_confirmed and time_s - subject.last_s > MEMORY_S:
            return self._choose_by_size(subject)
        candidates = [
            (distance, person)
            for person in self._others
            if person.in_view
            and not person.is_somebody_else
            and person.is_confirmed
            and (distance := subject.distance(person.face, time_s)) <= subject.gate(time_s)
        ]
        if not candidates:
            return subject
        return self._set_subject(min(candidates, key=lambda candidate: candidate[0])[1])

    def _choose_by_size(self, subject: Person | None) -> Person | None:
        """Choose the subject by size, once enough faces are in view."""
        in_view = [person for person in self._others if person.in_view]
        self._max_faces = max(self._max_faces, len(in_view))
        if len(in_view) < self._rank:
            return subject
        in_view.sort(key=lambda person: -person.face.size)
        return self._set_subject(in_view[self._rank - 1])

    def _set_subject(self, person: Person) -> Person:
        self._others.remove(person)
        self._subject = person
        return person

    def _update_statistics(self, subject: Person, step_s: float) -> None:
        """Add up the durations and moves that `warnings` reports."""
        in_view = [person for person in self._others if person.in_view]
        if subject.in_view:
            for person in in_view:
                # The detector may let go of a moving face a frame late, so that it shows
                # beside the true one; that alone does not make two people of them.
                if person.first_s < subject.last_s:
                    person.with_subject_s += step_s
            self._record_move(subject)
            self._others_alone_s = 0.0
        elif in_view:
            self._others_alone_s += step_s
        if any(person.is_somebody_else for person in in_view):
            self._others_s += step_s

    def _record_move(self, subject: Person) -> None:
        if self._last_subject_face is not None:
            last_s, face = self._last_subject_face
            if face.distance(subject.face) > _NOTABLE_MOVE:
                self._moves.append(
                    f"the face was lost at {last_s:.2f} s and found again at "
                    f"{subject.last_s:.2f} s elsewhere: check that it is the same person"
                )
        self._last_subject_face = subject.last_s, subject.face

    def _describe_absence(self) -> str:
        if self._max_faces == 0:
            return NO_FACE_WARNING
        return (
            f"face {self._rank} was asked for, but no frame shows more than "
            f"{self._max_faces}; nothing was measured"
        )


def measure_faces(landmarks: NDArray[np.floating]) -> list[Face]:
    """Return position and size of the faces of a frame, from the largest to the smallest.

    Parameters
    ----------
    landmarks : ndarray, shape (n_faces, n_landmarks, 3)
        Pixels.
    """
    points = landmarks[..., :2].astype(np.float64)
    extent = points.max(axis=1, initial=-np.inf) - points.min(axis=1, initial=np.inf)
    centres, sizes = points.mean(axis=1), np.sqrt(extent.prod(axis=1))
    faces = [Face(row, centres[row], float(size)) for row, size in enumerate(sizes) if size > 0]
    return sorted(faces, key=lambda face: -face.size)


def associate_faces(
    people: list[Person], faces: list[Face], time_s: float, previous_s: float
) -> list[Person]:
    """Assign each face to the person whose track it continues, greedily by distance.

    People detected a moment ago come first, and among them the nearest pairs.

    Parameters
    ----------
    people : list of Person
        Updated in place: `Person.in_view` tells who was found.
    faces : list of Face
        The faces of the frame.
    time_s, previous_s : float
        Times of this frame and of the one before.

    Returns
    -------
    list of Person
        New people: one for each face that continues no track and is no duplicate.
    """
    # At low frame rates somebody detected in the frame before is not hidden.
    hidden_before_s = min(previous_s, time_s - HIDDEN_S)
    pairs = []
    for person in people:
        person.in_view = False
        if not person.is_remembered(time_s, previous_s):
            continue
        for face in faces:
            distance = person.distance(face, time_s)
            if distance <= person.gate(time_s):
                pairs.append((person.last_s < hidden_before_s, distance, person, face))
    assigned: list[Face] = []
    for _, _, person, face in sorted(pairs, key=lambda pair: pair[:2]):
        if not person.in_view and face not in assigned:
            person.update(face, time_s)
            assigned.append(face)
    new_people = []
    for face in faces:
        if face not in assigned and not face.has_duplicate(assigned):
            new_people.append(Person(face, time_s, time_s))
            assigned.append(face)
    return new_people
