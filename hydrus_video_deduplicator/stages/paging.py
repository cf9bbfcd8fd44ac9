"""Put what a run finds on pages of the library's window, as it goes on."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from hydrus_video_deduplicator.errors import CallFailed
from hydrus_video_deduplicator.library import Pair
from hydrus_video_deduplicator.stages.events import Event, Failed, Held, Of, Paged, Posted
from hydrus_video_deduplicator.stages.grouping import grouped
from hydrus_video_deduplicator.store import PostState

FAILED = "{} (failed)"
"""The suffix of the name of the page of failed files."""


class Pages(Protocol):
    """Pages that hold files."""

    def show(self, name: str, files: Sequence[str]) -> None:
        """Append files, in their order, to the page of that name. Raises `CallFailed`."""
        ...


@dataclass(frozen=True, slots=True)
class PageBook:
    """Where the pairs of a run go. name: of the page of pairs."""

    pages: Pages
    name: str

    def kept(self, run: Iterable[Event]) -> Iterator[Event]:
        """The events of a run, passed on. What is posted together is put on the page together.

        A pair is on it whether the library has recorded it or not, unless the user has judged it.
        """
        pairs: list[Pair] = []
        failed: list[str] = []
        has_new = False
        for event in run:
            if pairs and not isinstance(event, Posted | Held):
                yield from self._put(self.name, in_order(pairs))
                pairs.clear()
            yield event
            if isinstance(event, Posted | Held) and event.state is not PostState.JUDGED:
                pairs.append(event.match.pair)
                has_new = True
            if isinstance(event, Failed) and event.sha256 is not None:
                failed.append(event.sha256)
        yield from self._put(self.name, in_order(pairs))
        if not has_new:
            yield Paged(self.name, 0)
        yield from self._put(FAILED.format(self.name), list(dict.fromkeys(failed)))

    def _put(self, name: str, files: list[str]) -> Iterator[Event]:
        if not files:
            return
        try:
            self.pages.show(name, files)
        except CallFailed as error:
            yield Failed(f"page {name}", str(error), of=Of.RUN)
        else:
            yield Paged(name, len(files))


def in_order(pairs: Iterable[Pair]) -> list[str]:
    """The files of the pairs, each once, the two of a pair and those of a group together."""
    return list(dict.fromkeys(file for group in grouped(pairs) for pair in group for file in pair))
