"""What the user sees of a run: lines on stderr, similar pairs and the summary on stdout."""

import json
import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain

from hydrus_video_deduplicator.cli.display import in_one_line
from hydrus_video_deduplicator.cli.lines import Lines
from hydrus_video_deduplicator.cli.terminal import log, say
from hydrus_video_deduplicator.cli.words import how_to_find, in_words
from hydrus_video_deduplicator.errors import CallFailed, DeduplicatorError
from hydrus_video_deduplicator.library import Library, Pair
from hydrus_video_deduplicator.match import percent
from hydrus_video_deduplicator.stages import events
from hydrus_video_deduplicator.stages.progress import Progress
from hydrus_video_deduplicator.store import PostState
from hydrus_video_deduplicator.untrusted import printable
from hydrus_video_deduplicator.wording import are, counted

PROGRESS_SECONDS = 30.0
"""Least number of seconds between two lines of progress, so that they do not flood a cron log."""


@dataclass
class Summary:
    """The figures of a run, as `--json` prints them.

    failed, pairs_failed: how many files and pairs failed, each counted once. failures: each failure
        with its reason, also of what is no file and no pair.
    failed_before: files that failed in an earlier run: those that are not tried again, and those of
        failed_again, which still cannot be read.
    already_known: similar pairs that an earlier run has dealt with, or that Hydrus had before.
    Of a folder's pairs, only pairs_found and identical: there is nowhere to post them.
    """

    files_found: int = 0
    hashed: int = 0
    tagged: int = 0
    untagged: int = 0
    retagged: int = 0
    failed: int = 0
    failed_before: int = 0
    gone: int = 0
    identical: int = 0
    pairs_found: int = 0
    posted: int = 0
    recorded: int = 0
    already_known: int = 0
    already_judged: int = 0
    not_recorded: int = 0
    pairs_failed: int = 0
    removed: int = 0
    paged: int = 0
    hubs: int = 0
    too_little: dict[str, list[str]] = field(default_factory=dict)
    partly_read: dict[str, float] = field(default_factory=dict)
    no_video: dict[str, str] = field(default_factory=dict)
    left_to_hash: int = 0
    left_to_compare: int = 0
    planned: int = 0
    dry_run: bool = False
    seconds: float = 0.0
    failures: list[dict[str, str | None]] = field(default_factory=list)
    failed_again: list[dict[str, str | None]] = field(default_factory=list)
    pairs: list[dict[str, object]] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0 all done, 1 some files or pairs failed, and not just as they did in the last run."""
        return 1 if self.failures or self.not_recorded else 0


COUNTED = {
    events.Tagged: "tagged",
    events.Untagged: "untagged",
    events.Retagged: "retagged",
    events.Gone: "gone",
    events.Undone: "removed",
}
"""The figure of the summary that an event increases by one."""


SETTLED = frozenset({PostState.RECORDED, PostState.JUDGED, PostState.PRESENT})
"""States of a pair that no later post of the run changes."""


class Console:
    """Shows the events of one run and counts them."""

    def __init__(
        self,
        library: Library,
        *,
        dry_run: bool,
        list_pairs: bool,
        as_json: bool,
        progress: Progress,
        tells_progress: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """list_pairs: print every similar pair on stdout.

        tells_progress: print lines of progress, if no screen shows it.
        """
        self._library = library
        self._list_pairs = list_pairs
        self._as_json = as_json
        self._clock = clock
        self._start = clock()
        self._progress = progress
        self._lines = Lines(PROGRESS_SECONDS, clock) if tells_progress else None
        self.summary = Summary(dry_run=dry_run)
        self._states: dict[Pair, PostState | None] = {}
        self._pairs: dict[tuple[str, ...], dict[str, object]] = {}
        self._hubs: set[str] = set()
        self._new: set[str] = set()
        self._known = 0
        self._failed: defaultdict[events.Of, set[str]] = defaultdict(set)

    def follow(self, run: Iterable[events.Event]) -> Summary:
        """Consume a run; show it; return its figures."""
        for event in run:
            if isinstance(event, events.Begun) and event.stage is not self._progress.stage:
                self._tell_progress(is_end=True)
            self._progress.take(event)
            self._take(event)
            self._detail(event)
            self._tell_progress()
        self._tell_progress(is_end=True)
        self._count_up()
        self.summary.seconds = round(self._clock() - self._start, 3)
        return self.summary

    @contextmanager
    def counting(self, late: Iterable[object]) -> Iterator[None]:
        """If a run that is followed within breaks off, say at the end what it has done.

        late: the events that came after it broke off, among others.
        """
        try:
            yield
        except (CallFailed, DeduplicatorError, KeyboardInterrupt):
            for event in late:
                if isinstance(event, events.Event):
                    self._take(event)
            self._count_up()
            for line in _tally(self.summary, self._library, " so far"):
                say(line)
            raise

    def finish(self) -> None:
        """Print the summary."""
        if self._as_json:
            print(json.dumps(vars(self.summary)), flush=True)
        for line in _remarks(self.summary, self._library, self._new):
            say(line)
        if (named := self._named()) and (search := self._library.search_for(named)):
            say(how_to_find(search), to_copy=True)
        for line in _closing_lines(self.summary, self._library):
            say(line)

    def _named(self) -> list[str]:
        """The files that messages have named, the most important ones first."""
        summary = self.summary
        failed = [str(failure["sha256"]) for failure in summary.failures if failure["sha256"]]
        partly = filter(self._new.__contains__, summary.partly_read)
        stills = filter(self._new.__contains__, chain.from_iterable(summary.too_little.values()))
        named = chain(failed, summary.no_video, partly, sorted(self._hubs), stills)
        return list(dict.fromkeys(named))

    def _take(self, event: events.Event) -> None:
        self._take_of_files(event)
        self._take_of_pairs(event)

    def _take_of_files(self, event: events.Event) -> None:
        summary = self.summary
        match event:
            case events.Found(videos, to_hash):
                summary.files_found = videos
                hashing = "" if to_hash is None else f", {to_hash:,} to hash"
                say(f"{counted(videos, 'video')} found{hashing}.")
                if not videos and self._library.keeps_pairs:
                    say("If you expected some, check --query: a mistyped tag finds nothing.")
            case events.Unhashed(files):
                say(_unhashed(files))
            case events.Hashed(sha256):
                summary.hashed += 1
                self._new.add(sha256)
            case event if type(event) in COUNTED:
                self._count(COUNTED[type(event)])
            case events.Unverified(files):
                say(_unverified(files))
            case events.Failed(what, reason, sha256):
                self._failed[event.of].add(what)
                summary.failures.append({"what": what, "reason": reason, "sha256": sha256})
                log.warning("failed: %s: %s", what, reason)
            case events.FailedAgain(what, reason, sha256):
                again = {"what": what, "reason": reason, "sha256": sha256}
                if again not in summary.failed_again:
                    summary.failed_before += 1
                    summary.failed_again.append(again)
            case events.FailedBefore(files):
                summary.failed_before += files
                say(_failed_before(files))
            case events.EndedEarly(to_hash, to_compare):
                summary.left_to_hash, summary.left_to_compare = to_hash, to_compare
                say(_why_ended(event))

    def _take_of_pairs(self, event: events.Event) -> None:
        summary = self.summary
        match event:
            case events.Identical(sha256, files):
                self._identical(sha256, files)
            case events.Compared(pairs, due, held) if self._library.keeps_pairs:
                summary.pairs_found = pairs
                self._known = pairs - due - held - self._settled()
                say(_compared(pairs, due))
            case events.Compared(pairs, _, held):  # those held were called unrelated
                summary.pairs_found = pairs - held
                say(_compared(pairs - held, None))
            case events.HubFound(sha256, pairs) if sha256 not in self._hubs:
                self._hubs.add(sha256)
                say(
                    f"held back: {self._library.label(sha256)} resembles {pairs} files that do "
                    "not resemble one another. It may be a title card."
                )
            case events.Lost(pairs):
                say(_lost(pairs))
            case events.OutOfReach(pairs):
                say(_out_of_reach(pairs))
            case events.Planned(match):
                self._pair(match, None)
                self._list(match.score, self._files(match), in_words(match))
            case events.Posted(match, state):
                self._pair(match, state)
                self._list(match.score, self._files(match), in_words(match))
            case events.Held(match, state) if self._library.keeps_pairs:
                self._pair(match, state)
            case events.Paged(page, files):
                summary.paged += files
                say(_on_page(page, files))
            case _:
                self._take_of_reading(event)

    def _take_of_reading(self, event: events.Event) -> None:
        """Events about how files could be read."""
        summary = self.summary
        match event:
            case events.Outdated(files):
                say(_outdated(len(files), dry_run=summary.dry_run))
            case events.NoVideo(sha256, reason):
                summary.no_video[sha256] = reason
                say(f"not a video: {self._library.label(sha256)}: {reason}")
            case events.TooLittle(sha256, reason):
                summary.too_little.setdefault(reason, []).append(sha256)
            case events.PartlyRead(sha256, readable):
                summary.partly_read[sha256] = round(readable, 3)

    def _count(self, figure: str) -> None:
        setattr(self.summary, figure, getattr(self.summary, figure) + 1)

    def _settled(self) -> int:
        """Pairs that this run has dealt with, so that they are no longer due."""
        return sum(state in SETTLED for state in self._states.values())

    def _count_up(self) -> None:
        """Of a pair, which may come more than once, the last state counts."""
        states, summary = Counter(self._states.values()), self.summary
        summary.failed = len(self._failed[events.Of.FILE])
        summary.pairs_failed = len(self._failed[events.Of.PAIR])
        summary.hubs = len(self._hubs)
        summary.pairs = list(self._pairs.values())
        if not self._library.keeps_pairs:  # a folder: nothing is posted anywhere
            return
        summary.planned = states[None]
        summary.recorded = states[PostState.RECORDED]
        summary.not_recorded = states[PostState.NOT_RECORDED]
        summary.posted = summary.recorded + summary.not_recorded
        summary.already_judged = states[PostState.JUDGED]
        summary.already_known = max(0, self._known) + states[PostState.PRESENT]

    def _identical(self, sha256: str, files: Sequence[str]) -> None:
        """The first of the files makes a pair with each of the others."""
        first, *others = files
        for other in others:
            self.summary.identical += 1
            pair = {"a": sha256, "b": sha256, "a_file": first, "b_file": other}
            how = {"state": "identical", "score": 1.0, "kind": "identical"}
            self._pairs[sha256, first, other] = pair | how
            self._list(1.0, (first, other), "identical")

    def _pair(self, match: events.SimilarPair, state: PostState | None) -> None:
        """state: None for a pair that would be posted."""
        self._states[match.pair] = state
        a, b = match.pair
        files = self._files(match)
        became = "planned" if state is None else state.value
        if not self._library.keeps_pairs:
            became = "similar"
        self._pairs[match.pair] = (
            {"a": a, "b": b, "a_file": files[0], "b_file": files[1], "state": became}
            | {"score": round(match.score, 4)}
            | match.detail()
        )

    def _files(self, match: events.SimilarPair) -> list[str]:
        """What the two files are called."""
        return [self._library.label(sha256) for sha256 in match.pair]

    def _list(self, score: float, files: Sequence[str], how: str) -> None:
        if self._list_pairs and not self._as_json:
            names = "  ".join(map(printable, files))
            print(f"{score:.3f}  {names}  {how}", flush=True)

    def _detail(self, event: events.Event) -> None:
        """What --verbose shows of each file and pair."""
        match event:
            case events.Outdated(files):
                for sha256 in files:
                    log.debug("to hash again: %s", self._library.label(sha256))
            case events.Hashed(sha256):
                log.debug("hashed: %s", self._library.label(sha256))
            case events.FailedAgain(what, reason):
                log.debug("failed again: %s: %s", what, reason)
            case events.Tagged(sha256, tag):
                log.debug("tagged: %s: %s", self._library.label(sha256), tag)
            case events.Retagged(sha256, tag, wrong, planned):
                words = self._library.label(sha256), tag, ", ".join(wrong)
                log.log(_level(planned), "tag: %s: %s instead of %s", *words)
            case events.Untagged(sha256, tags, planned):
                name = self._library.label(sha256)
                log.log(_level(planned), "tag: %s: %s", name, ", ".join(tags))
            case events.Undone(pair, planned):
                names = " and ".join(map(self._library.label, pair))
                log.log(_level(planned), "pair: %s", names)
            case events.Posted(match, state):
                files = " and ".join(self._files(match))
                became = state.value if self._library.keeps_pairs else "similar"
                log.debug("%s: %s, score %.3f: %s", became, files, match.score, in_words(match))

    def _tell_progress(self, *, is_end: bool = False) -> None:
        if self._lines is not None:
            self._lines.tell(in_one_line(self._progress), is_end=is_end)


def _level(planned: bool) -> int:
    """Of a message about what a command does: with --dry-run, it is what the user asked for."""
    return logging.INFO if planned else logging.DEBUG


def _outdated(files: int, *, dry_run: bool) -> str:
    again = "a run hashes" if dry_run else "hashing"
    return (
        f"{counted(files, 'file')} hashed by an earlier version: {again}"
        f" {'it' if files == 1 else 'them'} again, after the new ones."
    )


def _unhashed(files: int) -> str:
    return (
        f"{counted(files, 'file')} {are(files)} still to hash and not compared."
        f" The command hash hashes {'it' if files == 1 else 'them'}, and so does a run."
    )


def _failed_before(files: int) -> str:
    return (
        f"An earlier run could not hash {counted(files, 'file')}. The command status lists"
        f" {'it' if files == 1 else 'them'}; --retry-failed tries again."
    )


def _failed_again(files: int) -> str:
    them, them_all = ("it", "it") if files == 1 else ("them", "them all")
    return (
        f"As in the last run, {counted(files, 'file')} could not be read. The command status lists"
        f" {them}, every run tries {them} again, and --retry-failed names {them_all}."
    )


def _out_of_reach(pairs: int) -> str:
    return (
        f"{counted(pairs, 'pair')} of files that are in the trash or deleted cannot be taken back."
        " If you restore the files, run rollback again."
    )


def _lost(pairs: int) -> str:
    return (
        f"Hydrus no longer has {counted(pairs, 'pair')} that an earlier run posted: it crashed"
        " before it had written them to its disk, or an older copy of its database was restored."
        " They are posted again."
    )


def _unverified(files: int) -> str:
    return (
        f"{counted(files, 'file')} may carry the tag of another file and {are(files)} not compared."
        " A run without --by-tag hashes them."
    )


def _compared(pairs: int, due: int | None) -> str:
    """due: how many of the pairs are to be posted; None where there is nowhere to post them."""
    if not pairs:
        return "No similar pairs."
    if due is None:
        return f"{counted(pairs, 'similar pair')}."
    return f"{counted(pairs, 'similar pair')}, {f'{due:,}' if due else 'none'} to post."


def _on_page(page: str, files: int) -> str:
    if not files:
        return f"No pair is new, so the page '{page}' stays as it is. The command report has all."
    return f"{counted(files, 'file')} {are(files)} on the Hydrus page '{page}'."


def _why_ended(ended: events.EndedEarly) -> str:
    if not ended.to_hash + ended.to_compare:
        left_over = "perhaps pairs or tags are left for the next run"
        return f"The time is up, and {left_over if ended.was_held else 'everything is done'}."
    left = [f"{counted(ended.to_hash, 'file')} to hash{_too_long(ended)}"] * bool(ended.to_hash)
    left += [f"{ended.to_compare:,} to compare"] * bool(ended.to_compare)
    return f"The time is up. Left: {' and '.join(left)}. The next run continues there."


def _too_long(ended: events.EndedEarly) -> str:
    """A remark on the files that would have taken longer than the time that was left."""
    if not ended.too_long:
        return ""
    if ended.too_long < ended.to_hash:
        which = f"{ended.too_long:,} of them"
    else:
        which = "it" if ended.to_hash == 1 else "each of them"
    return f" ({which} would have taken longer than the time that was left)"


def _tally(summary: Summary, library: Library, so_far: str = "") -> list[str]:
    """What was done with files and with pairs, a line each. so_far: follows the noun."""
    would = "would be " if summary.dry_run else ""
    files = [
        (summary.hashed, "hashed"),
        (summary.tagged, f"{would}tagged"),
        (summary.retagged, f"{would}cleared of a wrong tag"),
        (summary.untagged, "would lose their tag" if would else "lost their tag"),
        (summary.failed, "failed"),
        (summary.gone, "deleted during the run"),
    ]
    pairs = [
        (summary.identical, "identical"),
        (0 if library.keeps_pairs else summary.pairs_found, "similar"),
        (summary.recorded, "posted to Hydrus and recorded"),
        (summary.planned, "would be posted"),
        (summary.already_known, "already known"),
        (summary.already_judged, "already judged by you"),
        (summary.not_recorded, "were accepted by Hydrus but NOT recorded"),
        (summary.removed, f"{would}taken back"),
        (summary.pairs_failed, "failed"),
    ]
    done = {
        noun: ", ".join(f"{number:,} {what}" for number, what in figures if number)
        for noun, figures in (("Files", files), ("Pairs", pairs))
    }
    return [f"{noun}{so_far}: {parts}." for noun, parts in done.items() if parts]


def _remarks(summary: Summary, library: Library, new: Set[str]) -> list[str]:
    """What is said about files that still could not be read, or not, or not fully, compared.

    new: the files that this run has hashed. An earlier run has named the others.
    """
    lines = [_failed_again(len(again))] if (again := summary.failed_again) else []
    lines += [
        f"Little to compare ({reason}): {', '.join(map(library.label, named))}."
        for reason, files in summary.too_little.items()
        if (named := [sha256 for sha256 in files if sha256 in new])
    ]
    if partly := {s: r for s, r in summary.partly_read.items() if s in new}:
        files = [f"{library.label(s)} ({percent(r)})" for s, r in partly.items()]
        lines.append(f"Only partly readable: {', '.join(files)}.")
    all_of_them = {*chain.from_iterable(summary.too_little.values()), *summary.partly_read}
    if before := len(all_of_them - new):
        lines.append(
            f"Of earlier runs, {counted(before, 'file')} cannot be compared, or only in part. The"
            f" command status lists {'it' if before == 1 else 'them'}."
        )
    return lines


def _closing_lines(summary: Summary, library: Library) -> list[str]:
    lines = _tally(summary, library)
    if not (lines or summary.files_found or summary.failures):
        lines.append("There was nothing to do.")
    lines += _what_next(summary)
    lines.append(f"Done in {summary.seconds:.1f} seconds.")
    return lines


def _what_next(summary: Summary) -> list[str]:
    if summary.removed and not summary.dry_run:
        return ["The next run posts them again, even a scheduled one."]
    if summary.planned:
        return ["The command report shows them with pictures."]
    if summary.recorded:
        return [
            "Judge them in Hydrus: pages → new page → duplicates processing → launch the filter. It"
            " shows the largest files first; the command report, the most similar ones."
        ]
    return []
