"""Cut a sequence into batches (`itertools.batched` comes only with Python 3.12)."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Slices of `items` of `size` each, the last one shorter."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
