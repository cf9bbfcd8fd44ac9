"""What there is to hear of files, and why it may say nothing of their match."""

from enum import Enum

from hydrus_video_deduplicator import sound
from hydrus_video_deduplicator.match import Match
from hydrus_video_deduplicator.sound import LEAST_SECONDS, Soundprint
from hydrus_video_deduplicator.store import Store


class Unheard(Enum):
    """The reason; its words follow `sound not compared: `."""

    NOT_YET = "not listened to yet"
    BACKWARDS = "one plays backwards"
    UNREADABLE = "the sound of one cannot be decoded"
    SHORT = f"less than {LEAST_SECONDS:.0f} s of sound"
    UNCLEAR = "too uniform, or only half alike"


def is_silent(sha256: str, store: Store) -> bool:
    """Whether a file has a sound in which there is nothing to hear, as far as is known."""
    heard = store.soundprints.of(sha256, sound.ALGORITHM)
    return heard is not None and not Soundprint.from_bytes(heard).audible_seconds


def why_unheard(match: Match, store: Store) -> Unheard | None:
    """None if the match has a verdict on the sound; of two files with something to hear."""
    if match.sound is not None:
        return None
    if match.longest.speed < 0:
        return Unheard.BACKWARDS
    if not all(store.soundprints.has(file, sound.ALGORITHM) for file in match.pair):
        return Unheard.NOT_YET
    heard = [store.soundprints.of(file, sound.ALGORITHM) for file in match.pair]
    if None in heard:
        return Unheard.UNREADABLE
    start, end = match.longest.a_span
    seconds = [Soundprint.from_bytes(each).audible_seconds for each in heard if each is not None]
    return Unheard.SHORT if min(end - start, *seconds) < LEAST_SECONDS else Unheard.UNCLEAR
