"""What a run can say of a pair if it saw only samples of the longer video."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hydrus_video_deduplicator import signature
from hydrus_video_deduplicator.inspection.side_by_side import laid, packed_of
from hydrus_video_deduplicator.library import Pair
from hydrus_video_deduplicator.match import Glimpse
from hydrus_video_deduplicator.matching import Video
from hydrus_video_deduplicator.matching.glimpses import LONGEST, may_lie_in
from hydrus_video_deduplicator.matching.timeline import LONGEST_GAP
from hydrus_video_deduplicator.signature import Signature
from hydrus_video_deduplicator.stages.closer import MOST_OF_A_CLIP, has_seen, too_many
from hydrus_video_deduplicator.stages.searching import judge
from hydrus_video_deduplicator.store import Store
from hydrus_video_deduplicator.wording import clock, counted, stretch

CUT = (
    "If you know where it should lie, cut those minutes into a file of their own: of a shorter "
    "video, a run sees more."
)


@dataclass(frozen=True, slots=True)
class Sampled:
    """A long video that a run saw only in samples, and a shorter one that may lie in it.

    moments: how many samples. seconds: the length of the long one.
    is_sought: whether a run looks more closely at it for such a short one.
    glimpse: where it would, if there is a moment at which the two look alike.
    """

    short: str
    long: str
    moments: int
    seconds: float
    is_sought: bool
    glimpse: Glimpse | None


def sampled(pair: Pair, store: Store) -> Sampled | None:
    """How a run compares the two; None if it sees all of both, or has hashed only one."""
    packed = packed_of(pair, store)
    if not packed.keys() >= set(pair):
        return None
    signed = {name: Signature.from_bytes(data) for name, data in packed.items()}
    short, long = sorted(pair, key=lambda file: signed[file].duration)
    video = Video(signed[long])
    if not video.timeline.in_runs:
        return None
    _, glimpses = judge((packed, laid(pair, signed), []))
    return Sampled(
        short=short,
        long=long,
        moments=1 + int(np.count_nonzero(np.diff(signed[long].times) > LONGEST_GAP)),
        seconds=signed[long].duration,
        is_sought=may_lie_in(Video(signed[short]), video),
        glimpse=max(glimpses, key=lambda each: each.likeness, default=None),
    )


def will_be_looked_at(pair: Pair, store: Store) -> bool:
    """Whether the next run that has both looks at one more closely because of the other."""
    glimpses = store.glimpses.all(signature.ALGORITHM)
    due = {*glimpses}.difference(too_many(glimpses))
    return any({each.short, each.long} == {*pair} for each in due)


def why_not_found(
    found: Sampled, names: Mapping[str, str], store: Store, *, remedy: str, is_proposed: bool
) -> list[str]:
    """Why the short one was not found in the long one, as far as that is known.

    names: what to call the two, such as `The first`.
    remedy: what to do if the search did not find it.
    is_proposed: whether a search among all videos of the store finds the pair.
    """
    short, long = names[found.short].lower(), names[found.long].lower()
    of_it = _of_it(found, names)
    if will_be_looked_at((found.short, found.long), store):
        return [f"{of_it}."]
    if found.glimpse is None:
        return [f"{of_it}. At none of them it looks like {short}.", _why_no_look(found, long), CUT]
    where = stretch(*found.glimpse.span)
    if has_seen(store, found.glimpse):
        return [
            f"{of_it}. At one they look alike, so a run saw all of {long} at {where}, where "
            f"{short} would lie, and did not find it there.",
            CUT,
        ]
    said = f"{of_it}. At one they look alike: {short} may lie at {where}."
    if not is_proposed:
        count = counted(len(store.signatures.files(signature.ALGORITHM)), "video")
        return [
            said,
            f"The search among {count} did not propose this pair, so no run looks there more "
            "closely.",
            remedy,
        ]
    return [
        said,
        "No run has seen all of it there. For a short video, a run looks more closely at the "
        f"{MOST_OF_A_CLIP} likeliest long ones, as far as they can be decoded.",
        remedy,
    ]


def what_will_be_seen(found: Sampled, names: Mapping[str, str]) -> str:
    """How a run is going to compare the two, in a sentence."""
    closely = ", and looks more closely if they look alike at one" if found.is_sought else ""
    return f"{_of_it(found, names)}{closely}."


def _of_it(found: Sampled, names: Mapping[str, str]) -> str:
    moments = counted(found.moments, "moment")
    return f"{names[found.long]} lasts {clock(found.seconds)}, and a run compares {moments} of it"


def _why_no_look(found: Sampled, long: str) -> str:
    if found.is_sought:
        return f"So no run looks at {long} more closely, and what lies between them is not seen."
    return (
        f"A run looks at {long} more closely only for moving pictures of up to "
        f"{LONGEST:.0f} seconds, so what lies between them is not seen."
    )
