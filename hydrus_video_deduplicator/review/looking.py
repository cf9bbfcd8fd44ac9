"""Look at files on demand, in worker processes, because files can crash decoders."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import BinaryIO

from PIL import Image

from hydrus_video_deduplicator.frames import view
from hydrus_video_deduplicator.library import Library, Pair, Source
from hydrus_video_deduplicator.match import Match
from hydrus_video_deduplicator.report.ends import last_moments, tail_of
from hydrus_video_deduplicator.report.examining import Examined, Examinee, examine, moments_of
from hydrus_video_deduplicator.report.filmstrip import Look, Subject, look
from hydrus_video_deduplicator.stages.workers import Crew

MOST_SIDE = 1280
"""Pixels of the longer side of a picture, at most."""

QUALITY = 80
"""Of JPEG, 0 to 100: it is made while the user waits, which WebP takes ten times as long for."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A `Source` of a file, and the moments of it to be seen.

    times: seconds, in ascending order. side: pixels of the longer side of a picture, at most.
    """

    source: Source
    times: tuple[float, ...]
    side: int

    def open(self) -> BinaryIO:
        """See `Source`."""
        return self.source.open()


def develop(moment: Moment) -> list[bytes]:
    """The pictures as JPEG. Runs in a worker; raises `UnreadableVideo` and what `open` raises."""
    with moment.open() as file:
        pictures = view(file, moment.times, moment.side).pictures
    return [_jpeg(Image.fromarray(picture)) for picture in pictures]


def _jpeg(image: Image.Image) -> bytes:
    packed = BytesIO()
    image.save(packed, "JPEG", quality=QUALITY)
    return packed.getvalue()


@dataclass(frozen=True, slots=True)
class Copies:
    """Two files to be examined, with the match of the first and the second."""

    match: Match
    frame_rates: tuple[float, float]


class Looker:
    """Looks at files of a library; each thread may ask, and one after the other is served."""

    def __init__(self, library: Library, crew: Crew) -> None:
        self._library = library
        self._crew = crew
        self._working = Lock()
        self._looks: dict[str, Look | Exception] = {}
        self._exams: dict[Pair, Examined | Exception] = {}

    def looks(self, files: Iterable[str]) -> dict[str, Look | Exception]:
        """What is in each of the files, or why nothing was seen; that may pass."""
        wanted = list(files)
        with self._working:
            new = [f for f in wanted if not isinstance(self._looks.get(f), Look)]
            subjects = ((file, Subject(self._library.source(file), (), 0)) for file in new)
            for _ in self._crew.work_through(look, subjects, self._looks.__setitem__):
                pass
            return {file: self._looks[file] for file in wanted}

    def exams(self, copies: Iterable[Copies]) -> dict[Pair, Examined | Exception]:
        """What the pictures of two files at the same moments say, by the pair of their match."""
        wanted = {each.match.pair: each for each in copies}
        with self._working:
            new = [each for pair, each in wanted.items() if pair not in self._exams]
            subjects = ((" ".join(each.match.pair), self._examinee(each)) for each in new)
            for _ in self._crew.work_through(examine, subjects, self._keep_exam):
                pass
            return {pair: self._exams[pair] for pair in wanted}

    def _examinee(self, copies: Copies) -> Examinee:
        match = copies.match
        assert match.overlay is not None
        first, second = (self._library.source(file) for file in match.pair)
        return Examinee(
            first,
            second,
            moments_of(match),
            copies.frame_rates,
            match.overlay,
            last_moments(match),
            tail_of(match),
        )

    def _keep_exam(self, name: str, outcome: Examined | Exception) -> None:
        first, second = name.split()
        self._exams[first, second] = outcome

    def pictures(self, file: str, times: Sequence[float], side: int) -> list[bytes]:
        """JPEG pictures of a file at moments, in seconds, in ascending order.

        Raises `UnreadableVideo`, `CallFailed` or `OSError`.
        """
        moment = Moment(self._library.source(file), tuple(times), min(side, MOST_SIDE))
        found: list[list[bytes] | Exception] = []
        with self._working:
            for _ in self._crew.work_through(
                develop, [(file, moment)], lambda _, outcome: found.append(outcome)
            ):
                pass
        (outcome,) = found
        if isinstance(outcome, Exception):
            raise outcome
        return outcome
