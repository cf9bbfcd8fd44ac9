"""Which hashes are near which: locality-sensitive hashing (Indyk and Motwani 1998).

Two hashes that share all bits of one of several random samples meet in a table, and stay if their
Hamming distance is small. Hashes are compared as machine words. A hash meets mirror images in the
same entry as all others: one of the sampled bits says which of the two is looked up.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.matching.sketch import HASH_BITS, ODD

SMALL = 1 << 18
"""Listed hashes up to which a library is small (about 5,000 videos): time to be thorough."""

TABLES_OF_SMALL, TABLES = 32, 14
"""Samples of the bits, in a small and in a larger library. More find more and take longer, in
proportion."""

LONG_SAMPLE, TABLES_A_BIT = 22, 3
"""Bits of a sample beyond which there are so many tables more for each bit (24 for a million
videos): longer samples find less. Among 474,000 videos 15 tables miss 0.54% of the copies, 24 miss
0.44% and take longer in proportion."""

FILLING_OF_SMALL, FILLING = 3, 0
"""Power of two of the listed hashes that share a sample by chance, likewise. Each more finds what
differs in more bits, and doubles the hashes that are compared in vain."""

FEW = 64
"""A search is for few where the library has so many times as many hashes as the new videos."""

TABLES_OF_FEW, FILLING_OF_FEW = 6, -4
"""As above, where a library streams past tables of a few new videos: the filling is then counted
in the new hashes alone. Short samples find in six tables what the library's own find in twelve."""

FEWEST_BITS = 8
"""Bits of a sample, at least: a few videos are compared nearly in full."""

LARGEST_DISTANCE = 15
"""Bits of HASH_BITS in which two hashes may differ and still be near. Two unrelated frames differ
in 32 on average, in 13 or fewer about once in a million. Each more finds 0.1% more of the edited
copies and half as many unrelated pairs again."""

LARGEST_BUCKET_OF_SMALL, LARGEST_BUCKET = 2048, 256
"""Hashes of one table entry that are compared, in a small and a larger library; fuller entries are
pictures like all others. Lower loses copies that a library has more than a few dozen of."""

SPARE_BITS, CACHED_ENTRIES_BITS = 4, 18
"""Logarithm (base 2) of the entries for each hash, and of all entries up to which there are so many
for each: most of what is asked then ends at an empty entry, in the processor's cache."""

BLOCK = 1 << 18
"""Hashes worked on at once. Fewer cost more calls, more need memory and leave the caches: an array
of 50 million hashes takes half a gigabyte."""

COMPARED_AT_ONCE = 1 << 16
"""Pairs of hashes that are compared at once, likewise."""

MANY = 1 << 12
"""Hashes that are held against one of a table at a time: it takes less than to repeat each of them,
but for fewer, the calls take longer than what they do."""

_Places = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Places of hashes that meet, among those asked and in the table."""

_SEED = 20240607
_FACTOR = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is searched.

    listed, new: listed hashes of the library, and those of its new videos among them.
    """

    listed: int
    new: int

    @property
    def is_small(self) -> bool:
        """Whether there is time to be thorough."""
        return self.listed <= SMALL

    @property
    def is_for_few(self) -> bool:
        """Whether the library streams past tables of a few new videos."""
        return not self.is_small and self.new * FEW <= self.listed


def bit_samples(scale: Scale) -> list[np.uint64]:
    """The samples, as masks, one for each table."""
    tabled = scale.listed
    if scale.is_small:
        filling, tables = FILLING_OF_SMALL, TABLES_OF_SMALL
    elif scale.is_for_few:
        filling, tables, tabled = FILLING_OF_FEW, TABLES_OF_FEW, scale.new
    else:
        filling, tables = FILLING, TABLES
    bits = max(FEWEST_BITS, round(math.log2(max(1, tabled))) - filling)
    tables += TABLES_A_BIT * max(0, bits - LONG_SAMPLE)
    random = np.random.default_rng(_SEED)
    places = [random.permutation(HASH_BITS)[:bits] for _ in range(tables)]
    return [np.bitwise_or.reduce(np.uint64(1) << place.astype(np.uint64)) for place in places]


@dataclass(frozen=True, slots=True)
class Near:
    """Hashes that are near each other, number by number.

    one, other: int64 (n,), their places; of those asked and of those in the table, in this order.
    mirrored: bool (n,), whether one is near the mirror image of the other.
    """

    one: NDArray[np.int64]
    other: NDArray[np.int64]
    mirrored: NDArray[np.bool_]

    def inverse(self, first: int) -> "Near":
        """The same from the other side, where those asked are counted from `first`."""
        return Near(self.other, self.one + first, self.mirrored)

    def within(self, first: int, count: int) -> "Near":
        """Those of which `one` is among so many places from `first` on, counted from there."""
        some = self.taken(np.flatnonzero((self.one >= first) & (self.one < first + count)))
        return Near(some.one - first, some.other, some.mirrored)

    def part(self, some: slice) -> "Near":
        """Those of a slice, not copied."""
        return Near(self.one[some], self.other[some], self.mirrored[some])

    def taken(self, places: NDArray[np.intp]) -> "Near":
        """Those at some places."""
        return Near(self.one[places], self.other[places], self.mirrored[places])


@dataclass(frozen=True, slots=True)
class Table:
    """Hashes, uint64 (n,), and those in the order of their entries, by one sample of their bits.

    earlier: the samples by which other tables have found already what they share.
    turn: number of a bit of the sample. Of a hash and that of its mirror image, the one counts that
        has it clear.
    turned: uint64 (n,), those that count, in the order of their entries.
    order: uint32 (n,), where each was among the hashes given.
    first: int32 (entries,), where the hashes of each entry begin.
    filling: uint16 (entries,), how many an entry has; 0 if it is too full.
    """

    hashes: NDArray[np.uint64]
    sample: np.uint64
    earlier: Sequence[np.uint64]
    turn: np.uint64
    turned: NDArray[np.uint64]
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
        turn = np.uint64(_lowest_bit(int(sample & ODD)))
        bits = round(math.log2(max(1, len(hashes))))
        bits = max(bits, min(bits + SPARE_BITS, CACHED_ENTRIES_BITS))
        placed = np.empty(len(hashes), np.uint64)
        for block in _blocks(len(hashes)):
            placed[block] = _entries(_turned(hashes[block], turn), sample, bits)
            placed[block] <<= np.uint64(32)
            placed[block] |= np.arange(block.start, block.stop, dtype=np.uint64)
        placed.sort()
        order = placed.astype(np.uint32)
        placed >>= np.uint64(32)
        ends = np.zeros((1 << bits) + 1, np.int32)
        for block in _blocks(len(hashes)):  # of an entry's hashes, the last one stays
            ends[placed[block].view(np.int64) + 1] = np.arange(block.start + 1, block.stop + 1)
        del placed
        np.maximum.accumulate(ends, out=ends)
        first = ends[:-1]
        filling = np.empty(len(first), np.uint16)
        for block in _blocks(len(first)):
            count = ends[1:][block] - first[block]
            filling[block] = np.where(count > largest_bucket, 0, count)
        turned = np.empty(len(hashes), np.uint64)
        for block in _blocks(len(hashes)):
            turned[block] = _turned(hashes[order[block]], turn)
        return cls(hashes, sample, earlier, turn, turned, order, first, filling)

    def near(self, asked: NDArray[np.uint64]) -> Iterator[Near]:
        """Asked hashes and given ones that are near each other or each other's mirror image.

        Only those that share the sample, and no earlier one. Some at a time.
        """
        turned = _turned(asked, self.turn)
        entries = self._entries(turned)
        # `take` that clips does not check the places, and takes half the time of indexing.
        filling = self.filling.take(entries, mode="clip")
        one = np.flatnonzero(filling)
        first = self.first.take(entries[one], mode="clip").astype(np.int64)
        meeting = self._meeting(turned[one], first, filling[one].astype(np.int64))
        for row, other in _gathered(meeting):
            yield self._near(asked, one[row], self.order[other].astype(np.int64))

    def among(self) -> Iterator[Near]:
        """The same for the hashes given and themselves, each pair once."""
        for block in _blocks(len(self.turned)):
            turned = self.turned[block]
            entries = self._entries(turned)
            after = np.arange(block.start + 1, block.stop + 1)
            # None is left behind one of an entry that is too full: that has a filling of 0.
            left = self.first.take(entries, mode="clip").astype(np.int64) - after
            left += self.filling.take(entries, mode="clip")
            one = np.flatnonzero(left > 0)
            order = self.order[block].astype(np.int64)[one]
            for row, other in _gathered(self._meeting(turned[one], after[one], left[one])):
                yield self._near(self.hashes, order[row], self.order[other].astype(np.int64))

    def _meeting(
        self, turned: NDArray[np.uint64], first: NDArray[np.int64], count: NDArray[np.int64]
    ) -> Iterator[_Places]:
        """Rows of hashes `turned`, and the places in the table of those that are near them.

        Each is held against so many of the table, `count`, from `first` on. Some at a time.
        """
        row, other = np.arange(len(turned)), first
        while len(row) > MANY:  # one of the table for each at a time: nothing is repeated
            near = self._new(turned ^ self.turned.take(other, mode="clip"))
            yield row[near], other[near]
            more = np.flatnonzero(count > 1)
            row, turned, other, count = row[more], turned[more], other[more] + 1, count[more] - 1
        ends = np.cumsum(count)
        for some in _portions(ends):
            counts = count[some]
            each = np.arange(ends[some.start] - counts[0], ends[some.stop - 1])
            each += np.repeat(other[some] + counts - ends[some], counts)
            near = self._new(np.repeat(turned[some], counts) ^ self.turned.take(each, mode="clip"))
            yield np.repeat(row[some], counts)[near], each[near]

    def _new(self, differing: NDArray[np.uint64]) -> NDArray[np.intp]:
        """Where few bits differ, none of the sample, and some of each earlier one."""
        near: NDArray[np.intp] = np.flatnonzero(np.bitwise_count(differing) <= LARGEST_DISTANCE)
        near = near[differing[near] & self.sample == 0]
        differing = differing[near]
        for sample in self.earlier:
            new = np.flatnonzero(differing & sample)
            near, differing = near[new], differing[new]
        return near

    def _entries(self, turned: NDArray[np.uint64]) -> NDArray[np.int64]:
        return _entries(turned, self.sample, len(self.first).bit_length() - 1).view(np.int64)

    def _near(
        self, asked: NDArray[np.uint64], one: NDArray[np.int64], other: NDArray[np.int64]
    ) -> Near:
        mirrored = (asked[one] ^ self.hashes[other]) >> self.turn & np.uint64(1)
        return Near(one, other, mirrored.astype(bool))


def _blocks(count: int) -> Iterator[slice]:
    """So many places, BLOCK at a time."""
    return (slice(start, min(start + BLOCK, count)) for start in range(0, count, BLOCK))


def _portions(ends: NDArray[np.int64]) -> Iterator[slice]:
    """Rows that together have about COMPARED_AT_ONCE; at least one row each.

    ends: running totals, (n,).
    """
    start = 0
    while start < len(ends):
        before = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, before + COMPARED_AT_ONCE, side="right")))
        yield slice(start, stop)
        start = stop


def _gathered(found: Iterable[_Places]) -> Iterator[_Places]:
    """The same in larger parts, of more than BLOCK but for the last one."""
    parts: list[_Places] = []
    for part in found:
        parts.append(part)
        if sum(len(row) for row, _ in parts) > BLOCK:
            yield _joined(parts)
            parts = []
    if parts:
        yield _joined(parts)


def _joined(parts: Iterable[_Places]) -> _Places:
    row, other = (np.concatenate(side) for side in zip(*parts, strict=True))
    return row, other


def _lowest_bit(bits: int) -> int:
    return max(0, (bits & -bits).bit_length() - 1)


def _turned(hashes: NDArray[np.uint64], turn: np.uint64) -> NDArray[np.uint64]:
    """Of each hash and that of its mirror image, the one that has the bit `turn` clear."""
    # Arithmetic instead of a choice, which takes fifteen times as long.
    turned: NDArray[np.uint64] = (hashes >> turn) & np.uint64(1)
    turned *= ODD
    turned ^= hashes
    return turned


def _entries(hashes: NDArray[np.uint64], sample: np.uint64, bits: int) -> NDArray[np.uint64]:
    """Table entry of each hash: its sampled bits, multiplied and shifted (Dietzfelbinger 1997)."""
    keys = hashes & sample
    keys *= _FACTOR
    keys >>= np.uint64(64 - bits)
    return keys
