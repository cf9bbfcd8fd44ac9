"""Sound as a second witness: only the files of matches are listened to, each once."""

from collections.abc import Iterator
from dataclasses import replace

from hydrus_video_deduplicator import signature, sound
from hydrus_video_deduplicator.errors import CallFailed, FileGone
from hydrus_video_deduplicator.library import Source
from hydrus_video_deduplicator.match import Match, SoundVerdict
from hydrus_video_deduplicator.sound import Soundprint
from hydrus_video_deduplicator.stages.events import Advanced, Begun, Event, Gone, Stage
from hydrus_video_deduplicator.stages.site import Site
from hydrus_video_deduplicator.store import Store


def hear_file(source: Source) -> bytes | None:
    """The bytes of a file's soundprint; None if it has no sound. Runs in a worker process."""
    with source.open() as file:
        soundprint = sound.read_soundprint(file)
    return None if soundprint is None else soundprint.to_bytes()


def listen(site: Site, threshold: float) -> Iterator[Event]:
    """Keep in the store what the sound says of each new match from `threshold` up."""
    store, unreadable, present = site.store, site.unreadable, frozenset(site.videos)
    unheard = store.matches.unheard(signature.ALGORITHM, threshold)
    matches = [match for match in unheard if present.issuperset(match.pair)]
    unknown = {sha256 for match in matches for sha256 in match.pair}
    unknown -= store.soundprints.files(sound.ALGORITHM)
    yield Begun(Stage.LISTEN, len(unknown))
    readable = (sha256 for sha256 in sorted(unknown) if not unreadable.has_failed(sha256))
    files = ((sha256, site.library.source(sha256)) for sha256 in readable)

    def keep(sha256: str, heard: bytes | Exception | None) -> Event:
        if isinstance(heard, FileGone):
            return Gone(sha256)
        if isinstance(heard, CallFailed | OSError):  # may go better next time
            return unreadable.fail(sha256, str(heard), "its sound cannot be read: ")
        unreadable.read(sha256)
        # a sound that no decoder can read is no witness
        soundprint = None if isinstance(heard, Exception) else heard
        store.soundprints.add(sha256, sound.ALGORITHM, soundprint)
        return Advanced(1)

    yield from site.crew.work_through(hear_file, files, keep)
    listened = store.soundprints.files(sound.ALGORITHM)
    heard_both = [match for match in matches if listened.issuperset(match.pair)]
    store.matches.add_hearing(
        signature.ALGORITHM,
        [replace(match, sound=_verdict(store, match)) for match in heard_both],
    )


def _verdict(store: Store, match: Match) -> SoundVerdict | None:
    a, b = (store.soundprints.of(sha256, sound.ALGORITHM) for sha256 in match.pair)
    part = match.longest
    if a is None or b is None or part.speed < 0:
        return None
    return sound.compare_sound(
        Soundprint.from_bytes(a),
        Soundprint.from_bytes(b),
        part.a_span,
        part.b_span,
        part.speed,
    )
