"""A closer look at long videos: they are decoded again where a short one may lie in them."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.errors import CallFailed, FileGone
from hydrus_video_deduplicator.frames import read_stretches
from hydrus_video_deduplicator.library import Source
from hydrus_video_deduplicator.match import Glimpse, Span
from hydrus_video_deduplicator.signature import Signature
from hydrus_video_deduplicator.stages.events import Advanced, Begun, Event, Failed, Gone, Stage
from hydrus_video_deduplicator.stages.hashing import fingerprint
from hydrus_video_deduplicator.stages.searching import BARELY, compare_new
from hydrus_video_deduplicator.stages.site import Site
from hydrus_video_deduplicator.store import Fingerprint, Store

MOST_OF_A_CLIP = 24
"""Long videos that are looked at because of one short one, the likeliest first: a title card is
alike in hundreds of them."""

MOST_AT_ONCE = 8
"""Stretches of one film that are looked at before what was seen there is compared: it may settle
others."""

MOST_GATHERED = 1.5
"""Length of what two spans cover, as a multiple of the longer one, up to which they are one. What
belongs to other scenes, with other bars, would change what is seen of a clip."""


MOST_ROUNDS = 50
"""How often all films are looked at in one run, at most: what is seen may lead to other places."""

FOR = "cannot be looked at more closely: "
"""Precedes why."""


@dataclass(frozen=True, slots=True)
class Place:
    """A long video and where to look at it: a `Source`.

    whole: the bytes of its signature. video_hash: 16 hex digits. span: in seconds.
    """

    source: Source
    whole: bytes
    video_hash: str
    span: Span

    def open(self) -> BinaryIO:
        """See `Source`."""
        return self.source.open()


@dataclass
class Film:
    """A long video that is looked at now.

    glimpses: why. places: where, except where it has been looked at.
    """

    glimpses: Sequence[Glimpse]
    places: deque[Place]

    def settled_at(self, span: Span) -> list[Glimpse]:
        """The glimpses that say to look within a span."""
        return [each for each in self.glimpses if _is_within(each.span, [span])]


def hash_stretch(place: Place) -> dict[str, Fingerprint]:
    """What is to be seen there, by what is added to the name of the file. Runs in a worker."""
    whole = Signature.from_bytes(place.whole)
    with place.open() as file:
        stretches = read_stretches(file, [place.span], signature.SHORTEST_INTERVAL)
        signed = [signature.sign_stretch(frames, whole) for frames in stretches if frames]
    return {
        signature.stretch_suffix(each): fingerprint(place.video_hash, each)
        for each in signed
        if each.too_little is None
    }


def look_closer(site: Site) -> Iterator[Event]:
    """Look where short videos may lie in long ones, and compare what is to be seen there."""
    store, crew = site.store, site.crew
    for _ in range(MOST_ROUNDS):
        glimpses = store.glimpses.all(signature.ALGORITHM)
        if not glimpses or crew.ending.is_due():
            return
        store.glimpses.settle(signature.ALGORITHM, too_many(glimpses))
        yield from _look(site)
        if crew.ending.is_due():
            return  # what was seen is new to the next run
        if store.glimpses.all(signature.ALGORITHM) == glimpses:
            return  # the rest cannot be read now, or is elsewhere
        yield from compare_new(store, crew.pool, crew.ending)


def _look(site: Site) -> Iterator[Event]:
    """Look at some places of each film, one after the other: between two, a run may end."""
    unreadable = site.unreadable
    readable = frozenset(video for video in site.videos if not unreadable.has_failed(video))
    glimpses = _by_film(site.store.glimpses.all(signature.ALGORITHM), readable)
    films = {name: _film(site, name, some) for name, some in glimpses.items()}
    if not (due := _next_places(films)):
        return
    yield Begun(Stage.LOOK, len(due))
    while due and not site.crew.ending.is_due():
        yield from site.crew.work_through(hash_stretch, due, partial(_kept, site, films))
        due = _next_places(films)


def _next_places(films: Mapping[str, Film]) -> list[tuple[str, Place]]:
    return [(name, film.places[0]) for name, film in films.items() if film.places]


def _kept(
    site: Site, films: Mapping[str, Film], name: str, found: dict[str, Fingerprint] | Exception
) -> Event:
    """Keep what was seen at the next place of a film, which is left alone if it fails."""
    store, film = site.store, films[name]
    if isinstance(found, Exception):
        film.places.clear()
    if isinstance(found, FileGone):
        return Gone(name)
    if isinstance(found, CallFailed | OSError):  # may go better next time
        return site.unreadable.fail(name, str(found), FOR)
    site.unreadable.read(name)
    if isinstance(found, Exception):
        store.glimpses.settle(signature.ALGORITHM, film.glimpses)
        return Failed(site.library.label(name), f"{FOR}{found}", name)
    store.signatures.add_further(name, signature.ALGORITHM, found)
    store.glimpses.settle(signature.ALGORITHM, film.settled_at(film.places.popleft().span))
    return Advanced(int(not film.places))


def too_many(glimpses: Iterable[Glimpse]) -> Iterator[Glimpse]:
    """Those of a short video beyond the likeliest, which come first."""
    count: Counter[str] = Counter()
    for each in glimpses:
        count[each.short] += 1
        if count[each.short] > MOST_OF_A_CLIP:
            yield each


def _by_film(glimpses: Iterable[Glimpse], present: frozenset[str]) -> dict[str, list[Glimpse]]:
    """Those that are looked into now, by their long videos, which are among those `present`."""
    of_film: defaultdict[str, list[Glimpse]] = defaultdict(list)
    for each in glimpses:
        if present.issuperset((each.short, each.long)) and len(of_film[each.long]) < MOST_AT_ONCE:
            of_film[each.long].append(each)
    return of_film


def _film(site: Site, name: str, glimpses: Sequence[Glimpse]) -> Film:
    """A film, and where to look at it: not where it was looked at before."""
    store = site.store
    seen = _seen(store, name)
    known = [each for each in glimpses if _is_within(each.span, seen)]
    store.glimpses.settle(signature.ALGORITHM, known)
    whole = store.signatures.of(signature.ALGORITHM, [name])[name]
    video_hash = store.signatures.video_hash(name, signature.ALGORITHM)
    assert video_hash is not None, "it has a signature"
    spans = gathered(each.span for each in glimpses if each not in known)
    source = site.library.source(name)
    return Film(glimpses, deque(Place(source, whole, video_hash, span) for span in spans))


def gathered(spans: Iterable[Span]) -> list[Span]:
    """The spans, with those as one that have most in common: that is then decoded once."""
    found: list[Span] = []
    for start, end in sorted(spans):
        first, last = found[-1] if found else (start, start)
        if max(last, end) - first <= MOST_GATHERED * max(last - first, end - start):
            found[-1:] = [(first, max(last, end))]
        else:
            found.append((start, end))
    return found


def has_seen(store: Store, glimpse: Glimpse) -> bool:
    """Whether a closer look was taken where a glimpse says."""
    return _is_within(glimpse.span, _seen(store, glimpse.long))


def _seen(store: Store, film: str) -> list[Span]:
    """The stretches of a film that a closer look has seen."""
    names = store.signatures.names(film, signature.ALGORITHM)
    stretches = [name for name in names if signature.is_of_stretch(name)]
    packed = store.signatures.of(signature.ALGORITHM, stretches).values()
    times = (Signature.from_bytes(data).times for data in packed)
    return [(float(seen[0]), float(seen[-1])) for seen in times]


def _is_within(span: Span, others: Iterable[Span]) -> bool:
    start, end = span[0] + BARELY, span[1] - BARELY
    return any(first <= start and end <= last for first, last in others)
