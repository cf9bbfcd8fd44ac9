"""Read a file in blocks: small ones after a seek, large ones where it is read through."""

from __future__ import annotations

import io
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

FIRST_BLOCK_BYTES = 128 << 10
"""Read after a seek: about a key frame. More is wasted where a decoder visits many places; less
costs a second request where the key frame is large."""

LARGEST_BLOCK_BYTES = 4 << 20
"""Read at once from a file that is read through. More costs memory and gains nothing: at 1 ms a
request, 4 MiB take longer on a fast network than the request."""

GROWTH = 3
"""A block is the part 1/GROWTH of what was read through before it, so that no more than a quarter
of what is fetched is wasted when the decoder seeks away. Lower means fewer requests."""

READ_AHEAD_FROM_BYTES = 4 << 20
"""Read through without a seek before the next block is fetched while this one is decoded: a place
that is only visited ends before."""

MOST_AHEAD = 2
"""Blocks that are fetched ahead: for two streams that are apart and are read in turn."""

BYTES_KEPT = 16 << 20
"""Blocks of a file in memory: sound, pictures and index may be apart and be read in turn."""

Fetch = Callable[[int, int], bytes]
"""The bytes from the first position to the last, that one included. Called by two threads."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Bytes of a file; `run` counts those that were read through without a seek, up to its end."""

    start: int
    data: bytes
    run: int

    @property
    def end(self) -> int:
        return self.start + len(self.data)


@dataclass(frozen=True, slots=True)
class _Ahead:
    """A block on its way, by its first and last position."""

    first: int
    last: int
    block: Future[_Block]


class BlockFile(io.RawIOBase):
    """A file; only the bytes that are needed, and a few more, are fetched."""

    def __init__(self, fetch: Fetch, size: int, on_close: Callable[[], None] | None = None) -> None:
        """`size` is that of the file, in bytes. Fetches nothing yet."""
        super().__init__()
        self._fetch_bytes = fetch
        self._size = size
        self._on_close = on_close
        self._position = 0
        self._blocks: list[_Block] = []  # the one used last is the last
        self._ahead: list[_Ahead] = []
        self._helper: ThreadPoolExecutor | None = None

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """The position, in bytes from the start."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move, and tell the new position. Fetches nothing."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if origin + offset < 0:
            raise ValueError("negative position")
        self._position = origin + offset
        return self._position

    def readinto(self, buffer: Any, /) -> int:
        """Read up to the end of a block. Raises what fetching raises."""
        if self._position >= self._size:
            return 0
        # a `BufferedReader` asks for whole buffers, then for the rest
        block = self._block_at(self._position, len(buffer) + io.DEFAULT_BUFFER_SIZE)
        start = self._position - block.start
        part = memoryview(block.data)[start : start + len(buffer)]
        buffer[: len(part)] = part
        self._position += len(part)
        return len(part)

    def close(self) -> None:
        """Cancel what is on its way and release the memory."""
        if not self.closed:
            if self._helper is not None:
                self._helper.shutdown(wait=False, cancel_futures=True)
            self._blocks.clear()
            self._ahead.clear()
            if self._on_close is not None:
                self._on_close()
        super().close()

    def _block_at(self, position: int, wanted: int) -> _Block:
        block = self._kept(position)
        if block is None:
            block = self._coming(position) or self._fetch(*self._extent(position, wanted))
            self._keep(block)
            self._read_ahead(block)
        else:
            self._blocks.remove(block)
            self._blocks.append(block)
        return block

    def _keep(self, block: _Block) -> None:
        self._blocks.append(block)
        while sum(len(block.data) for block in self._blocks) > BYTES_KEPT:
            del self._blocks[0]

    def _kept(self, position: int) -> _Block | None:
        holding = (block for block in reversed(self._blocks) if block.start <= position < block.end)
        return next(holding, None)

    def _extent(self, position: int, wanted: int = 0) -> tuple[int, int, int]:
        """Of the block to fetch: its first and last position, and what was read through before.

        It has the bytes that are `wanted` at once, as a decoder asks for a whole packet.
        A block goes on with the run of one that ends at its start or a little before: a decoder
        leaps over the packets of streams that it does not want.
        """
        gaps = ((position - block.end, block.run) for block in self._blocks)
        run = max((run for gap, run in gaps if 0 <= gap <= FIRST_BLOCK_BYTES), default=0)
        length = min(max(FIRST_BLOCK_BYTES, run // GROWTH, wanted), LARGEST_BLOCK_BYTES)
        known = (block.start for block in self._blocks if block.start > position)
        return position, min(position + length, self._size, *known) - 1, run

    def _fetch(self, first: int, last: int, run: int) -> _Block:
        data = self._fetch_bytes(first, last)
        return _Block(first, data, run + len(data))

    def _coming(self, position: int) -> _Block | None:
        """The block that is on its way, if there is one."""
        for ahead in self._ahead:
            if ahead.first <= position <= ahead.last:
                self._ahead.remove(ahead)
                return ahead.block.result()
        return None

    def _read_ahead(self, block: _Block) -> None:
        """Begin to fetch what follows `block`, if the file is being read through."""
        is_wanted = block.run >= READ_AHEAD_FROM_BYTES and block.end < self._size
        if not is_wanted or self._kept(block.end) is not None:
            return
        if self._helper is None:
            self._helper = ThreadPoolExecutor(1, "read ahead")
        while len(self._ahead) >= MOST_AHEAD:
            self._ahead.pop(0).block.cancel()
        extent = first, last, _ = self._extent(block.end)
        self._ahead.append(_Ahead(first, last, self._helper.submit(self._fetch, *extent)))
