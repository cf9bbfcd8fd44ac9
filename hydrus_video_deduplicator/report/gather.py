"""Gather what a report says: from the store, the library, and the files themselves."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.batches import batches
from hydrus_video_deduplicator.library import Library, Listing, PairStatus
from hydrus_video_deduplicator.match import Edit, Kind, Match, Span, repeats
from hydrus_video_deduplicator.relation import has_other_pace
from hydrus_video_deduplicator.report.cards import Card, dealt
from hydrus_video_deduplicator.report.contents import (
    File,
    Group,
    Identical,
    Pair,
    Report,
    Side,
)
from hydrus_video_deduplicator.report.filmstrip import (
    Look,
    Strip,
    Subject,
    in_order,
    look,
    picture_width,
)
from hydrus_video_deduplicator.report.framing import framed
from hydrus_video_deduplicator.report.hearing import is_silent, why_unheard
from hydrus_video_deduplicator.report.moments import Moments
from hydrus_video_deduplicator.report.quality import Advice, Copy, advise
from hydrus_video_deduplicator.report.showing import Strips, strips_of
from hydrus_video_deduplicator.report.still_end import still_end
from hydrus_video_deduplicator.signature import Signature
from hydrus_video_deduplicator.signature import file_of as file_of_signature
from hydrus_video_deduplicator.stages.hashing import ATTEMPT
from hydrus_video_deduplicator.stages.searching import search
from hydrus_video_deduplicator.stages.workers import Crew
from hydrus_video_deduplicator.store import Store

STATUSES_AT_ONCE = 1000
"""Pairs of which the library is asked at once."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a report is to be of.

    threshold: the score from which a pair is shown, 0 to 1. kinds: the kinds of match shown.
    most: pairs, at most. pictures: whether filmstrips are made.
    """

    threshold: float
    kinds: frozenset[Kind]
    most: int
    pictures: bool


Tell = Callable[[int, int], None]
"""Takes how many files have been looked at, and of how many."""


def gather(wanted: Wanted, library: Library, store: Store, crew: Crew, tell: Tell) -> Report:
    """The pairs that wait for the user, the strongest first; nothing is changed anywhere.

    A file that cannot be opened is in it with the reason.
    """
    waiting = find_waiting(wanted, library, store)
    shown = waiting.matches
    listings = dict(library.listings(dict.fromkeys(key for match in shown for key in match.pair)))
    shown = [match for match in shown if listings.keys() >= set(match.pair)]
    cards = dealt(shown)
    strips = _strips(cards, store)
    looks = _looks(strips, wanted.pictures, library, crew, tell)
    groups = Groups(
        files={s: file_of(s, library, store, listings[s], seen) for s, seen in looks.items()},
        looks=looks,
        statuses=waiting.statuses,
        store=store,
    )
    return Report(
        made=datetime.now(UTC),
        library=library.identity,
        place=library.place,
        videos=len(waiting.videos),
        compared=len(_compared(store) & waiting.videos),
        unreadable=len(store.failures.reasons(ATTEMPT).keys() & waiting.videos),
        no_video=len(store.failures.no_videos(ATTEMPT).keys() & waiting.videos),
        groups=tuple(groups.group(card.matches, strips[card.number]) for card in cards),
        in_hydrus=library.keeps_pairs,
        identical=_identical(wanted, library),
        left_out=waiting.left_out,
        judged=waiting.judged,
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """The pairs that wait for the user.

    videos: those of the library. matches: the strongest first, no more than are wanted.
    statuses: what the library holds of each match.
    left_out: pairs beyond the wanted number. judged: pairs that the user has decided.
    """

    videos: frozenset[str]
    matches: list[Match]
    statuses: Mapping[Match, PairStatus]
    left_out: int
    judged: int


def find_waiting(wanted: Wanted, library: Library, store: Store) -> Waiting:
    """What is known by now of the videos that the library has."""
    videos = frozenset(library.find())
    found = search(store, wanted.threshold, wanted.kinds).matches
    statuses = dict(_statuses(library, [match for match in found if videos >= {*match.pair}]))
    waiting = [match for match, status in statuses.items() if status in _WAITING]
    return Waiting(
        videos=videos,
        matches=waiting[: wanted.most],
        statuses=statuses,
        left_out=max(0, len(waiting) - wanted.most),
        judged=sum(status is PairStatus.JUDGED for status in statuses.values()),
    )


def _compared(store: Store) -> set[str]:
    """The files that a run has compared with all others."""
    new = map(file_of_signature, store.matches.uncompared(signature.ALGORITHM))
    return store.signatures.files(signature.ALGORITHM).difference(new)


def _identical(wanted: Wanted, library: Library) -> tuple[Identical, ...]:
    if Kind.SAME not in wanted.kinds:
        return ()
    files = library.identical().items()
    return tuple(Identical(sha256, tuple(names)) for sha256, names in files)


_WAITING = (PairStatus.NONE, PairStatus.POTENTIAL)

_NO_STRIPS = Strips({}, {})


def _statuses(library: Library, matches: Sequence[Match]) -> Iterator[tuple[Match, PairStatus]]:
    for some in batches(matches, STATUSES_AT_ONCE):
        yield from zip(some, library.statuses([match.pair for match in some]), strict=True)


def _strips(cards: Sequence[Card], store: Store) -> list[Strips]:
    """What is shown of the files of each card."""

    @cache
    def unread(sha256: str) -> tuple[Span, ...]:
        return _signature(sha256, store).unread

    return [strips_of(card.matches, unread) for card in cards]


def _looks(
    strips: Sequence[Strips],
    pictures: bool,
    library: Library,
    crew: Crew,
    tell: Tell,
) -> dict[str, Look | Exception]:
    """What was seen of each file, or why it was not."""
    wanted = [each for of_card in strips for each in of_card.wanted()]
    of_file: dict[str, dict[Moments, None]] = {}
    for sha256, moments in wanted:
        of_file.setdefault(sha256, {})[moments] = None
    width = picture_width(len(wanted))
    subjects = (
        (sha256, Subject(library.source(sha256), tuple(some) if pictures else (), width))
        for sha256, some in of_file.items()
    )
    looks: dict[str, Look | Exception] = {}
    for _ in crew.work_through(look, subjects, looks.__setitem__):
        tell(len(looks), len(of_file))
    return looks


def _signature(sha256: str, store: Store) -> Signature:
    return Signature.from_bytes(store.signatures.of(signature.ALGORITHM, [sha256])[sha256])


def file_of(
    sha256: str, library: Library, store: Store, listing: Listing, seen: Look | Exception
) -> File:
    """What a report says about a file; seen: what was seen of it, or why it could not be."""
    kept = _signature(sha256, store)
    box = kept.active
    return File(
        sha256=sha256,
        name=library.label(sha256),
        listing=listing,
        seconds=kept.duration,
        active=(box.right - box.left) * (box.bottom - box.top),
        streams=seen.streams if isinstance(seen, Look) else None,
        problem=None if isinstance(seen, Look) else str(seen) or type(seen).__name__,
        readable=kept.readable,
        still_end=still_end(kept),
        is_silent=is_silent(sha256, store),
    )


class Groups:
    """Makes groups of matches of files that were looked at."""

    def __init__(
        self,
        files: Mapping[str, File],
        looks: Mapping[str, Look | Exception],
        statuses: Mapping[Match, PairStatus],
        store: Store,
    ) -> None:
        self._files = files
        self._looks = looks
        self._statuses = statuses
        self._store = store

    def group(self, matches: Sequence[Match], strips: Strips = _NO_STRIPS) -> Group:
        """The group that these matches connect."""
        keys = dict.fromkeys(key for match in matches for key in match.pair)
        files = framed([self._files[key] for key in keys], matches)
        advice = _advice(files, matches)
        best = None if advice.best is None else files[advice.best]
        files.sort(key=lambda file: (file is not best, -file.listing.size, file.sha256))
        letters = {file.sha256: letter(place) for place, file in enumerate(files)}
        sides = {file.sha256: self._side(file, letters, strips) for file in files}
        if len(sides) == 2:
            first, second = sides.values()
            strips_in_order = in_order(first.strip, second.strip)
            for side, strip in zip((first, second), strips_in_order, strict=True):
                sides[side.file.sha256] = replace(side, strip=strip)
        pairs = [self._pair(match, sides) for match in matches]
        if best is not None:
            pairs.sort(key=lambda pair: best.sha256 not in pair.match.pair)
            advice = replace(advice, best=0)
        return Group(tuple(files), tuple(pairs), advice, tuple(sides.values()))

    def _pair(self, match: Match, sides: Mapping[str, Side]) -> Pair:
        first, second = (sides[sha256] for sha256 in match.pair)
        seen = replace(match, a_seconds=first.file.seconds, b_seconds=second.file.seconds)
        if list(sides).index(match.a) > list(sides).index(match.b):
            seen, first, second = seen.inverse(), second, first
        return Pair(
            match=seen,
            sides=(first, second),
            advice=_advice(framed([first.file, second.file], [match]), [match]),
            in_library=self._statuses[match] is PairStatus.POTENTIAL,
            unheard=why_unheard(match, self._store),
        )

    def _side(self, file: File, letters: Mapping[str, str], strips: Strips) -> Side:
        sha256 = file.sha256
        strip = self._strip(sha256, strips.of_file.get(sha256, ()))
        beside = None
        if sha256 in strips.beside:
            other, moments = strips.beside[sha256]
            beside = Side(letters[other], self._files[other], self._strip(other, moments))
        return Side(letters[sha256], file, strip, beside)

    def _strip(self, sha256: str, moments: Moments) -> Strip:
        seen = self._looks[sha256]
        return seen.strips.get(moments, ()) if isinstance(seen, Look) else ()


def _advice(files: Sequence[File], matches: Sequence[Match]) -> Advice:
    """Which of the files that these matches connect looks best.

    None where one shows something else beside the other.
    """
    if any(Edit.PANEL in match.edits for match in matches):
        return Advice()
    says_length = all(map(_says_length, matches))
    return advise([_copy(file, file.seconds if says_length else None) for file in files])


def _says_length(match: Match) -> bool:
    """Whether the longer of the two has more to show.

    Files at other speeds have no clock in common, and of what is repeated all is there in one
    round.
    """
    is_other = match.kind in (Kind.LOOP, Kind.SPEED)
    return not (is_other or repeats(match.parts) or has_other_pace(match))


def _copy(file: File, seconds: float | None) -> Copy:
    """The file as one of several copies; `seconds` is its length on their common clock.

    What cannot be read of it, or only stands still, does not count.
    """
    streams = file.streams
    moving = file.readable * (1 - file.still_end / max(file.seconds, 1e-3))
    length = None if seconds is None else seconds * moving
    if streams is None:
        return Copy(length)
    return Copy(
        seconds=length,
        detail=file.detail,
        flaws=file.flaws,
        is_examined=file.is_examined,
        pixels=streams.width * streams.height * file.active,
        picture=file.picture,
        codec=streams.codec,
        bit_rate=file.bit_rate,
        has_sound=file.has_sound,
        frame_rate=streams.frame_rate,
    )


def letter(place: int) -> str:
    """A to Z, then AA, AB, ... for the place of a file in its group, from 0 on."""
    name = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
