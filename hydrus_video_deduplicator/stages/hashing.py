"""One decode of a file gives both of its hashes. Runs in a worker process."""

from dataclasses import replace

from hydrus_video_deduplicator import __version__, signature
from hydrus_video_deduplicator.frames import read_frames
from hydrus_video_deduplicator.library import Source
from hydrus_video_deduplicator.signature import Signature
from hydrus_video_deduplicator.stages.searching import packed_sketch
from hydrus_video_deduplicator.store import Fingerprint
from hydrus_video_deduplicator.videohash import to_hex, video_hash

ATTEMPT = f"{signature.ALGORITHM} of version {__version__}"
"""What a failure belongs to: another version of this program may be able to hash the file."""


def hash_file(source: Source) -> Fingerprint:
    """The two hashes of a file. Raises `UnreadableVideo`, or what opening the source raises."""
    with source.open() as file:
        footage = read_frames(file, signature.schedule)
    seen = (footage.duration, footage.unread)
    signed = signature.sign(footage.frames, *seen)
    whole = fingerprint(to_hex(video_hash(footage.stills, footage.duration)), signed)
    further = dict(
        zip(signature.PANELS, signature.sign_panels(footage.frames, signed), strict=False)
    )
    over_black = signature.sign(footage.over_black, *seen)
    if over_black.too_little is None:
        further[signature.OVER_BLACK] = over_black
    prints = {suffix: fingerprint(whole.video_hash, each) for suffix, each in further.items()}
    return replace(whole, further=prints)


def fingerprint(hashed: str, signed: Signature) -> Fingerprint:
    """What is kept of a signature of a file whose VideoHash, 16 hex digits, is `hashed`."""
    return Fingerprint(
        video_hash=hashed,
        signature=signed.to_bytes(),
        too_little=None if signed.too_little is None else signed.too_little.value,
        sketch=packed_sketch(signed),
        readable=signed.readable,
    )
