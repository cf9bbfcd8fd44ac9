"""What the user sees of a run: lines on stderr, similar pairs and the summary on stdout."""

import json
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from hydrus_video_deduplicator.cli.words import in_words
from hydrus_video_deduplicator.library import Library
from hydrus_video_deduplicator.stages import events
from hydrus_video_deduplicator.store import PostState
from hydrus_video_deduplicator.untrusted import printable

PROGRESS_SECONDS = 30.0
"""At most one line of progress in so many seconds: a log of cron is not flooded."""


@dataclass
class Summary:
    """The figures of a run, as `--json` prints them."""

    files_found: int = 0
    hashed: int = 0
    tagged: int = 0
    untagged: int = 0
    failed: int = 0
    gone: int = 0
    pairs_found: int = 0
    posted: int = 0
    recorded: int = 0
    already_known: int = 0
    already_judged: int = 0
    not_recorded: int = 0
    removed: int = 0
    paged: int = 0
    hubs: int = 0
    too_little: dict[str, list[str]] = field(default_factory=dict)
    dry_run: bool = False
    seconds: float = 0.0
    failures: list[dict[str, str]] = field(default_factory=list)
    pairs: list[dict[str, object]] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 all done, 1 some files or pairs failed."""
        return 1 if self.failed or self.not_recorded else 0


COUNTED = {
    events.Tagged: "tagged",
    events.Untagged: "untagged",
    events.Gone: "gone",
    events.Undone: "removed",
}
"""The figure of the summary that an event adds one to."""


def say(text: str) -> None:
    """A line to the user, on stderr."""
    print(printable(text), file=sys.stderr, flush=True)


class Console:
    """Shows the events of one run and counts them."""

    def __init__(
        self,
        library: Library,
        *,
        dry_run: bool,
        list_pairs: bool,
        as_json: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """list_pairs: print every similar pair on stdout."""
        self._library = library
        self._list_pairs = list_pairs
        self._as_json = as_json
        self._clock = clock
        self._start = self._last_progress = clock()
        self._to_hash = 0
        self.summary = Summary(dry_run=dry_run)

    def follow(self, run: Iterable[events.Event]) -> Summary:
        """Consume a run; show it; return its figures."""
        for event in run:
            self._take(event)
        self.summary.seconds = round(self._clock() - self._start, 3)
        return self.summary

    def finish(self) -> None:
        """Print the summary."""
        if self._as_json:
            print(json.dumps(vars(self.summary)), flush=True)
        for line in _closing_lines(self.summary, in_hydrus=self._library.keeps_pairs):
            say(line)

    def _take(self, event: events.Event) -> None:
        summary = self.summary
        match event:
            case events.Found(videos, to_hash):
                summary.files_found, self._to_hash = videos, to_hash
                say(f"{videos} videos found, {to_hash} to hash.")
            case events.Hashed():
                summary.hashed += 1
                self._progress()
            case events.Tagged() | events.Untagged() | events.Gone() | events.Undone():
                self._count(COUNTED[type(event)])
            case events.Failed(what, reason):
                summary.failed += 1
                summary.failures.append({"what": what, "reason": reason})
                say(f"failed: {what}: {reason}")
            case events.Compared(pairs, due):
                summary.pairs_found = pairs
                say(f"{pairs} similar pairs, {due} of them new.")
            case events.HubFound(sha256, pairs):
                summary.hubs += 1
                say(
                    f"held back: {self._library.label(sha256)} is like {pairs} files that are "
                    "not like one another."
                )
            case events.TooLittle(sha256, reason):
                summary.too_little.setdefault(reason, []).append(self._library.label(sha256))
            case events.Planned(match):
                self._pair(match, "planned")
            case events.Posted(match, state):
                self._posted(match, state)
            case events.Paged(page, files):
                summary.paged += files
                say(f"{files} files are on the page '{page}' of Hydrus.")

    def _count(self, figure: str) -> None:
        setattr(self.summary, figure, getattr(self.summary, figure) + 1)

    def _posted(self, match: events.SimilarPair, state: PostState) -> None:
        summary = self.summary
        match state:
            case PostState.RECORDED:
                summary.posted += 1
                summary.recorded += 1
            case PostState.NOT_RECORDED:
                summary.posted += 1
                summary.not_recorded += 1
            case PostState.JUDGED:
                summary.already_judged += 1
            case PostState.PRESENT:
                summary.already_known += 1
        self._pair(match, state.value)

    def _pair(self, match: events.SimilarPair, state: str) -> None:
        a, b = match.pair
        files = [self._library.label(sha256) for sha256 in match.pair]
        self.summary.pairs.append(
            {"a": a, "b": b, "a_file": files[0], "b_file": files[1], "state": state}
            | {"score": round(match.score, 4)}
            | match.detail()
        )
        if self._list_pairs and not self._as_json:
            names = "  ".join(map(printable, files))
            print(f"{match.score:.3f}  {names}  {in_words(match)}", flush=True)

    def _progress(self) -> None:
        now = self._clock()
        if now - self._last_progress >= PROGRESS_SECONDS:
            self._last_progress = now
            say(f"{self.summary.hashed} of {self._to_hash} files hashed.")


def _closing_lines(summary: Summary, *, in_hydrus: bool) -> list[str]:
    would = "would be " if summary.dry_run else ""
    counted = [
        (summary.hashed, "hashed"),
        (summary.tagged, f"{would}tagged"),
        (summary.untagged, f"{would}freed of their tags"),
        (summary.failed, "failed"),
        (summary.gone, "deleted meanwhile"),
    ]
    pairs = [
        (summary.recorded if in_hydrus else 0, "posted to Hydrus and recorded"),
        (summary.already_known, "were there already"),
        (summary.already_judged, "were judged already"),
        (summary.not_recorded, "were accepted by Hydrus but NOT recorded"),
        (summary.removed, f"{would}taken back"),
    ]
    lines = [
        f"Too little in them to be judged ({reason}): {', '.join(names)}."
        for reason, names in summary.too_little.items()
    ]
    for noun, figures in (("Files", counted), ("Pairs", pairs)):
        parts = [f"{number} {what}" for number, what in figures if number]
        if parts:
            lines.append(f"{noun}: {', '.join(parts)}.")
    lines.append(f"Done in {summary.seconds:.1f} seconds.")
    return lines
