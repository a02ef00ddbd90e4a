"""Side and kind of a spasm, read from the words that raters use in any of several languages."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hemiscan.episodes.events import Kind, Side

MEANINGS = ("left", "right", "both", "clonic", "tonic", "spasm", "unclear", "other")
"""What a word can be said to mean with ``--map``."""

# Written without accents, as `_words` leaves them. English, German, Dutch, French, Spanish,
# Portuguese, Italian, Romanian, Danish, Norwegian, Swedish, Finnish, Polish, Czech, Hungarian,
# Turkish, Russian, Greek, Latin, Japanese and Chinese, Korean.
_SIDES: dict[Side, str] = {
    "left": """
        left leftside linke linken linker linkes links linksseitig gauche
        izquierda izquierdo esquerda esquerdo sinistra sinistro sinistre sinister
        stanga stang venstre vanster vasen vasemmalla lewa lewe lewo lewy
        leva leve levy vlevo bal baloldal baloldali sol лево левая левои левое левыи слева
        αριστερα αριστερο αριστερη 左 왼쪽
    """,
    "right": """
        right rightside rechte rechten rechter rechtes rechts rechtsseitig droit droite
        derecha derecho direita direito destra destro dextra dexter
        dreapta drept hogre høyre højre hoyre hojre hoger oikea oikealla prawa prawe prawo prawy
        prava prave pravy vpravo jobb jobboldal jobboldali sag право правая правои правое правыи
        справа δεξια δεξιο δεξι 右 오른쪽
    """,
}
_SIDE_ABBREVIATIONS: dict[Side, str] = {
    "left": "l lt li sx izq izda izqda esq os",
    "right": "r rt re dx dcha dcho od",
}
"""Heeded only where no whole word names a side, as in *l'œil droit*."""
_BOTH = """
    both bilateral beide beidseits beidseitig beiderseits bilaterale ambos ambas entrambi entrambe
    begge molemmat oba obie mindketto оба ou
"""
_SIDE_NOUNS = """
    side sides half hemi hemiface seite seiten halfte kant cote lado lato side sida puoli strona
    strana oldal taraf сторона 側 侧
"""
_SPASM = r"""
    (?!blepharo)\w*spasm\w* hfs hemifacial\w* twitch\w* jerk\w* cramp\w* contra[ck]\w* contraz\w*
    kontra[ck]\w* \w*krampf\w* kramp\w* zuck\w* secousse\w* sacudida\w* scoss\w* skurcz\w*
    krec\w* seğirme kasılma спазм\w* σπασμ\w* 痙攣 痉挛 抽搐 けいれん 경련
"""
_UNCLEAR = r"""
    \? unclear uncertain unsure doubtful questionable ambiguous maybe perhaps possible possibly
    unklar unsicher fraglich vielleicht zweifelhaft onduidelijk douteux dudos\w* inciert\w*
    incert\w* dubbi\w* duvidos\w* forse uklar\w* usikker\w* oklar\w* osaker\w* niejasn\w*
    niepewn\w* nejasn\w* belirsiz неясн\w*
"""
_DENIAL = "no not none without absent kein keine keinen ohne sans aucun sin senza sem geen zonder"
_OTHER = r"""
    blink\w* blinz\w* lidschl\w* clign\w* parpade\w* ammicc\w* piscar piscad\w*
    gaze\w* look\w* glanc\w* blick\w* regard\w* mirada\w* sguard\w* olhar kijk\w*
    head kopf\w* tete cabeza cabeca testa hoofd turn\w* rotat\w* tilt\w* nod nods nodding
    speech speak\w* talk\w* sprech\w* sprache parole parler habla\w* parla\w* fala\w*
    smil\w* lach\w* laugh\w* sourire\w* sonris\w* sorris\w* yawn\w* gahn\w* chew\w* kauen
    swallow\w* cough\w* hust\w* sneez\w* wink\w* tongue zunge hand hands arm arms away
    leg legs trunk limb limbs
    voluntar\w* willk\w* volontair\w* task\w* instruct\w* command\w* question\w* camera\w*
    kamera blepharospasm\w* tic tics
"""
_NEUTRAL = r"""
    eye\w* lid\w* brow\w* forehead cheek\w* mouth\w* lip\w* corner\w* chin neck platysma face\w*
    facial muscle\w* orbicularis upper lower whole all of the in on at
    and a auge\w* braue\w* stirn wange\w* mund\w* kinn gesicht\w* oog oculus
    oeil yeux paupiere\w* visage joue\w* bouche ojo\w* parpado\w* cara mejilla\w*
    boca occhi\w* palpebra\w* viso guancia volto bocca olho\w* rosto
    event\w* annotation\w* label\w* mark\w* state\w* onset offset episode\w* attack\w* anfall\w*
    mild moderate severe weak strong leicht mittel schwer affected
"""

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_TOKEN = re.compile(r"[^\W_]+|\?")
_CJK_SIDE = re.compile("([左右])")
_RATER_WORDS = "r|rater|coder|observer|annotator|beobachter|untersucher|auswerter"
_RATER = re.compile(rf"(?:{_RATER_WORDS})\d+")
_RATER_PART = re.compile(
    rf"(?i)(?:^|(?<=[\s_.:-]))(?:(?:{_RATER_WORDS})\d+|(?:rater|coder)[\s_.-]?[^\W_]{{1,12}})"
    r"(?=$|[\s_.:-])"
)
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"})


def _fold(text: str) -> str:
    """Return a text without accents."""
    letters = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile("|".join(_fold(words).split()))


_KINDS: dict[Kind, re.Pattern[str]] = {
    "clonic": _pattern(r"[kc]loni[ckqs]\w* клони\w*"),
    "tonic": _pattern(r"toni[ckqs]\w* тони\w*"),
}
_IS_SPASM, _IS_UNCLEAR, _IS_DENIAL, _IS_OTHER, _IS_NEUTRAL = map(
    _pattern, (_SPASM, _UNCLEAR, _DENIAL, _OTHER, _NEUTRAL)
)
_SIDE_OF = {word: side for side, words in _SIDES.items() for word in _fold(words).split()}
_ABBREVIATION_OF = {
    word: side for side, words in _SIDE_ABBREVIATIONS.items() for word in words.split()
}
_BOTH_SIDES = frozenset(_fold(_BOTH).split())
_OF_SIDES = frozenset((*_SIDE_OF, *_BOTH_SIDES, *_ABBREVIATION_OF, *_fold(_SIDE_NOUNS).split()))


@dataclass(frozen=True)
class Label:
    """What a name or a value says.

    Attributes
    ----------
    sides : frozenset of {"left", "right"}
    kind : {"clonic", "tonic"} or None
        None where none is named, or both.
    is_spasm : bool
        Names a spasm, or its kind.
    is_unclear : bool
        Says that the rater was not sure.
    is_other : bool
        Names something that is no spasm, or denies one.
    is_plain : bool
        Has no other words than of sides, kinds, spasms, parts of the face and the like.
    has_place : bool
        Has words of parts of the face and the like.
    """

    sides: frozenset[Side] = frozenset()
    kind: Kind | None = None
    is_spasm: bool = False
    is_unclear: bool = False
    is_other: bool = False
    is_plain: bool = True
    has_place: bool = False


@dataclass
class LabelReader:
    """Reads labels, and remembers those that come again and again.

    Attributes
    ----------
    mapping : mapping of str to str
        Words, or whole labels, and what they mean: some of `MEANINGS`, joined by a blank
        or ``+``. They come before the words known here.

    Raises
    ------
    ValueError
        If a meaning is none of `MEANINGS`.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    _known: dict[str, Label] = field(default_factory=dict, init=False, repr=False)
    _mapped: dict[tuple[str, ...], tuple[str, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._mapped = {}
        for label, meaning in self.mapping.items():
            meanings = tuple(re.split(r"[\s+]+", meaning.strip().lower()))
            words = tuple(_words(label))
            if not words or set(meanings) - set(MEANINGS):
                raise ValueError(
                    f"{label}={meaning}: a label must be said to mean {', '.join(MEANINGS[:-1])} "
                    f"or {MEANINGS[-1]}"
                )
            self._mapped[words] = meanings

    def read(self, text: str) -> Label:
        """Read a label."""
        label = self._known.get(text)
        if label is None:
            label = self._known[text] = self._read(_words(text))
        return label

    def _read(self, words: list[str]) -> Label:
        meanings, rest = self._replace_mapped(words)
        rest = [_without_number(word) for word in rest if not _RATER.fullmatch(word)]
        kinds = {
            kind
            for kind, pattern in _KINDS.items()
            if kind in meanings or any(map(pattern.fullmatch, rest))
        }
        is_spasm = bool("spasm" in meanings or kinds or any(map(_IS_SPASM.fullmatch, rest)))
        others = [word for word in rest if not (_names_side(word) or _names_spasm(word))]
        places = [word for word in others if _IS_NEUTRAL.fullmatch(word)]
        is_plain = all(word in places or word.isdigit() for word in others)
        denied = any(map(_IS_DENIAL.fullmatch, others))
        return Label(
            sides=_read_sides(meanings, rest, abbreviated=is_plain or is_spasm),
            kind=kinds.pop() if len(kinds) == 1 else None,
            is_spasm=is_spasm and not denied,
            is_unclear="unclear" in meanings or any(map(_IS_UNCLEAR.fullmatch, others)),
            is_other="other" in meanings or denied or any(map(_IS_OTHER.fullmatch, others)),
            is_plain=is_plain,
            has_place=bool(places),
        )

    def _replace_mapped(self, words: list[str]) -> tuple[set[str], list[str]]:
        """Return the meanings of the words that are mapped, the longest first, and the rest."""
        meanings: set[str] = set()
        rest = list(words)
        for label in sorted(self._mapped, key=len, reverse=True):
            for start in range(len(rest) - len(label), -1, -1):
                if tuple(rest[start : start + len(label)]) == label:
                    meanings.update(self._mapped[label])
                    del rest[start : start + len(label)]
        return meanings, rest


def combine_kinds(labels: Iterable[Label]) -> Kind | None:
    """Return the kind that labels name: None where they name none, or differ."""
    kinds = {label.kind for label in labels if label.kind is not None}
    return kinds.pop() if len(kinds) == 1 else None


def split_rater(name: str) -> tuple[str, str]:
    """Split the rater off the name of a tier.

    Parameters
    ----------
    name : str
        As ``left@MK``, ``R1_left`` or ``spasm left rater 2``.

    Returns
    -------
    base, rater : str
        The name without the rater; empty where it names none.
    """
    base, at, rater = name.partition("@")
    if at and rater.strip():
        return base.strip(), rater.strip()
    found = _RATER_PART.search(name)
    if found is None or any(map(_names_side, _words(found.group())[1:])):
        return name.strip(), ""
    base = f"{name[: found.start()].rstrip(' _.:-')} {name[found.end() :].lstrip(' _.:-')}"
    return base.strip(), found.group()


def _words(text: str) -> list[str]:
    """Return the words of a label in small letters without accents; capitals begin one too."""
    folded = _fold(_CJK_SIDE.sub(r" \1 ", text))
    return [word.casefold() for word in _TOKEN.findall(_CAMEL.sub(" ", folded))]


def _without_number(word: str) -> str:
    return word.rstrip("0123456789") or word


def _names_side(word: str) -> bool:
    return word in _OF_SIDES


def _names_spasm(word: str) -> bool:
    return bool(_IS_SPASM.fullmatch(word)) or any(p.fullmatch(word) for p in _KINDS.values())


def _read_sides(meanings: set[str], words: list[str], *, abbreviated: bool) -> frozenset[Side]:
    sides = {_SIDE_OF[word] for word in words if word in _SIDE_OF}
    sides.update(side for side in _SIDES if side in meanings)
    if "both" in meanings or any(word in _BOTH_SIDES for word in words):
        sides.update(_SIDES)
    if not sides and abbreviated:
        sides = {_ABBREVIATION_OF[word] for word in words if word in _ABBREVIATION_OF}
    return frozenset(sides)
