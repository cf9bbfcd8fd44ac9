"""Cut many things into batches (`itertools.batched` comes only with Python 3.12)."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items in their order, `size` at a time; the last batch may be shorter."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
