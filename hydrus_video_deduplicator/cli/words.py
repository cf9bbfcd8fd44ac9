"""A match in words."""

from collections.abc import Iterator

from hydrus_video_deduplicator.match import Edit, Kind, Match, percent
from hydrus_video_deduplicator.relation import edits_in_words, in_time, sound_in_words
from hydrus_video_deduplicator.stages.events import SimilarPair
from hydrus_video_deduplicator.wording import counted


def in_words(match: SimilarPair) -> str:
    """How two files are similar, such as `trimmed, mirrored: all of the second is 0:04–0:31 …`."""
    if not isinstance(match, Match):
        return f"tags differ in {counted(match.detail()['bits'], 'bit')}"
    told = match.kind.value, *edits_in_words(match.edits), sound_in_words(match)
    said = ", ".join(filter(None, told))
    if match.kind is not Kind.SAME or Edit.PANEL in match.edits:
        said += f": {in_time(match, 'the first', 'the second')}"
    return "; ".join([said, *_read(match)])


def how_to_find(search: str) -> str:
    """How to see files that messages name by the starts of their hashes."""
    return f"To see these files in Hydrus, search there for: {search}"


def _read(match: Match) -> Iterator[str]:
    for which, share in (("first", match.a_readable), ("second", match.b_readable)):
        if share < 1:
            yield f"only {percent(share)} of the {which} could be read"
