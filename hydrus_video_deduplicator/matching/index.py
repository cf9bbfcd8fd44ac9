"""Which hashes are near which: locality-sensitive hashing (Indyk and Motwani 1998).

Two hashes that share all bits of one of several random samples meet in a table, and stay if their
Hamming distance is small. Hashes are compared as machine words.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.matching.sketch import HASH_BITS

SMALL = 1 << 18
"""Listed hashes up to which a library is small (about 5,000 videos): time to be thorough."""

TABLES_OF_SMALL, TABLES = 16, 12
"""Samples of the bits, in a small and in a larger library. More find more and take longer, in
proportion."""

FILLING_OF_SMALL, FILLING = 2, 1
"""Power of two of the listed hashes that share a sample by chance, likewise. Each more finds what
differs in more bits, and doubles the hashes that are compared in vain."""

FEW = 64
"""A search is for few where the library has so many times as many hashes as the new videos."""

TABLES_OF_FEW, FILLING_OF_FEW = 6, -3
"""As above, where a library streams past tables of a few new videos: the filling is then counted
in the new hashes alone. Short samples find in six tables what the library's own find in twelve."""

FEWEST_BITS = 8
"""Bits of a sample, at least: a few videos are compared nearly in full."""

LARGEST_DISTANCE = 13
"""Bits of HASH_BITS in which two hashes may differ and still be near. Two unrelated frames differ
in 32 on average, in 13 or fewer about once in a million. Each more finds 0.1% more of the edited
copies and half as many unrelated pairs again."""

LARGEST_BUCKET = 256
"""Hashes of one table entry that are compared; fuller entries are pictures like all others. Lower
loses copies that a library has more than a few dozen of."""

SPARE_BITS, CACHED_ENTRIES_BITS = 4, 18
"""Logarithm (base 2) of the entries for each hash, and of all entries up to which there are so many
for each: most of what is asked then ends at an empty entry, in the processor's cache."""

_SEED = 20240607
_ODD = np.uint64(0x9E3779B97F4A7C15)


def bit_samples(listed: int, new: int) -> list[np.uint64]:
    """The samples, as masks, for a library with so many listed hashes, so many of them new."""
    if listed <= SMALL:
        filling, tables = FILLING_OF_SMALL, TABLES_OF_SMALL
    elif new * FEW <= listed:
        filling, tables, listed = FILLING_OF_FEW, TABLES_OF_FEW, new
    else:
        filling, tables = FILLING, TABLES
    bits = max(FEWEST_BITS, round(math.log2(max(1, listed))) - filling)
    random = np.random.default_rng(_SEED)
    places = [random.permutation(HASH_BITS)[:bits] for _ in range(tables)]
    return [np.bitwise_or.reduce(np.uint64(1) << place.astype(np.uint64)) for place in places]


@dataclass(frozen=True, slots=True)
class Table:
    """Hashes, uint64 (n,), in the order of their entries, by one sample of their bits.

    earlier: the samples by which other tables have found already what they share.
    order: uint32 (n,), where each was among the hashes given.
    first: int32 (entries,), where the hashes of each entry begin.
    filling: uint16 (entries,), how many an entry has; 0 if it is too full.
    """

    sample: np.uint64
    earlier: Sequence[np.uint64]
    hashes: NDArray[np.uint64]
    order: NDArray[np.uint32]
    first: NDArray[np.int32]
    filling: NDArray[np.uint16]

    @classmethod
    def of(
        cls,
        hashes: NDArray[np.uint64],
        samples: Sequence[np.uint64],
        largest_bucket: int = LARGEST_BUCKET,
    ) -> "Table":
        """The hashes by the last of the samples; what the others find is left to them."""
        *earlier, sample = samples
        bits = max(1, len(hashes)).bit_length()
        bits = max(bits, min(bits + SPARE_BITS, CACHED_ENTRIES_BITS))
        keys = _entries(hashes, sample, bits)
        placed = np.sort(keys << np.uint64(32) | np.arange(len(hashes), dtype=np.uint64))
        order = placed.astype(np.uint32)
        placed >>= np.uint64(32)
        count = np.bincount(placed.view(np.int64), minlength=1 << bits)
        first = (np.cumsum(count) - count).astype(np.int32)
        filling = np.where(count <= largest_bucket, count, 0).astype(np.uint16)
        return cls(sample, earlier, hashes[order], order, first, filling)

    def near(self, asked: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Places of asked and of given hashes that are near each other.

        Only those that share the sample, and no earlier one.
        """
        bits = len(self.first).bit_length() - 1
        keys = _entries(asked, self.sample, bits).view(np.int64)
        # `take` that clips does not check the places, and takes half the time of indexing.
        filling = self.filling.take(keys, mode="clip")
        filled = np.flatnonzero(filling > 0)
        begin, count = self.first[keys[filled]], filling[filled].astype(np.int32)
        ends = np.cumsum(count)
        query = np.repeat(filled, count)
        place = np.arange(len(query)) + np.repeat(begin - (ends - count), count)
        differing = asked.take(query, mode="clip")
        differing ^= self.hashes.take(place, mode="clip")
        near = np.flatnonzero(np.bitwise_count(differing) <= LARGEST_DISTANCE)
        near = near[differing[near] & self.sample == 0]
        for sample in self.earlier:
            near = near[differing[near] & sample != 0]
        return query[near], self.order[place[near]].astype(np.intp)


def _entries(hashes: NDArray[np.uint64], sample: np.uint64, bits: int) -> NDArray[np.uint64]:
    """Table entry of each hash: its sampled bits, multiplied and shifted (Dietzfelbinger 1997)."""
    keys = hashes & sample
    keys *= _ODD
    keys >>= np.uint64(64 - bits)
    return keys
