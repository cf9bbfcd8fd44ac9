"""How well copies are recognised: recall of each edit, precision, siblings, seconds a file.

    python bench/recognition.py FOLDER [--partners CSV] [--plot SCORES.svg] [--peer COMMAND ...]

The files of FOLDER are named BASE__EDIT.ext: two of one BASE are a true pair, and recall is how
many are paired with BASE__original. A BASE of the form FAMILY~CLIP is one part of a recording:
pairs within a family are siblings, wrong but hard to tell, and counted by themselves. So are pairs
of files that show one partner, see `edits.py`, whose table is CSV. All other pairs are false.

COMMAND is another deduplicator for Hydrus; {url} and {key} in it are filled in with those of a
stand-in for a client that holds the files, and the pairs it posts are judged the same way.
"""

import argparse
import csv
import math
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hydrus_video_deduplicator.library.folder import LocalFile
from hydrus_video_deduplicator.match import PANEL_MARGIN, THRESHOLDS, Edit, Match
from hydrus_video_deduplicator.matching import find_matches
from hydrus_video_deduplicator.signature import OVER_BLACK, PANELS, Signature
from hydrus_video_deduplicator.stages.hashing import hash_file

Pairs = Collection[tuple[str, str]]
Label = Callable[[tuple[str, str]], str]

TAIL = 0.1
"""Score above which the wrong scores are taken for the tail, which falls off exponentially."""

BINS = 50
"""Bars of the plot over the scores 0 to 1."""


def main() -> None:
    """Measure this program, and the peer if there is one."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--partners", type=Path, metavar="CSV", help="what the files show as well")
    parser.add_argument("--plot", type=Path, metavar="SVG", help="draw the scores of all pairs")
    parser.add_argument("--peer", nargs=argparse.REMAINDER, default=[], metavar="COMMAND")
    options = parser.parse_args()
    paths = sorted(path for path in options.folder.iterdir() if "__" in path.name)

    started = time.process_time()
    signed = [signatures_of(path) for path in paths]
    ended = time.process_time()
    matches = matches_of_files(dict(chain.from_iterable(each.items() for each in signed)))
    searched = time.process_time()

    print(f"{len(paths)} files; CPU seconds: hashing {(ended - started) / len(paths):.3f} a file,")
    print(f"finding the pairs {searched - ended:.1f} in all")
    names = [path.name for path in paths]
    label = labels(partners_of(options.partners))
    for preset, threshold in THRESHOLDS.items():
        posted = [match.pair for match in matches if match.score >= threshold]
        print(f"\n{preset}, from {threshold}")
        report(names, posted, label, by_edit=preset == "normal")
    print_tail(names, matches, label)
    if options.plot:
        options.plot.write_text(plot(matches, label))
    if options.peer:
        print("\npeer")
        report(names, peer_pairs(paths, options.peer), label, by_edit=True)


def signatures_of(path: Path) -> dict[str, Signature]:
    """All signatures of a file: of its whole picture, of panels and over black."""
    hashed = hash_file(LocalFile(path))
    prints = {"": hashed, **hashed.further}
    return {path.name + suffix: Signature.from_bytes(p.signature) for suffix, p in prints.items()}


def file_of(name: str) -> str:
    """The file of a signature. Names of files may have a ~, too."""
    return next(
        (name.removesuffix(end) for end in (OVER_BLACK, *PANELS) if name.endswith(end)), name
    )


def matches_of_files(signatures: Mapping[str, Signature]) -> list[Match]:
    """The best match of each two files, whatever its score."""
    best: dict[tuple[str, str], Match] = {}
    for found in find_matches(signatures, threshold=0.0):
        match = replace(found, a=file_of(found.a), b=file_of(found.b))
        if match.a != match.b:
            best[match.pair] = max(match, best.get(match.pair, match), key=standing)
    return list(best.values())


def standing(match: Match) -> float:
    """By what a match is better than others of the same files."""
    return match.score - PANEL_MARGIN * (Edit.PANEL in match.edits)


def partners_of(table: Path | None) -> dict[str, set[str]]:
    """The clips that each file shows beside its own."""
    partners: dict[str, set[str]] = defaultdict(set)
    if table is not None:
        with table.open(newline="", encoding="utf-8") as file:
            for name, partner in list(csv.reader(file))[1:]:
                partners[name].add(family_of(partner))
    return partners


def base_of(name: str) -> str:
    return name.rsplit("__", 1)[0]


def family_of(name: str) -> str:
    return base_of(name).split("~", 1)[0]


def edit_of(name: str) -> str:
    return Path(name.rsplit("__", 1)[1]).stem


def labels(partners: Mapping[str, set[str]]) -> Label:
    """Tells whether a pair is "true", of "sibling" or "false"; `partners`, see `partners_of`."""

    def label(pair: tuple[str, str]) -> str:
        if len({base_of(name) for name in pair}) == 1:
            return "true"
        of_a, of_b = ({family_of(name), *partners.get(name, ())} for name in pair)
        return "sibling" if of_a & of_b else "false"

    return label


def report(names: Sequence[str], posted: Pairs, label: Label, by_edit: bool) -> None:
    originals = {base_of(name): name for name in names if edit_of(name) == "original"}
    found = {frozenset(pair) for pair in posted}
    all_of, found_of = Counter[str](), Counter[str]()
    for name in names:
        original = originals.get(base_of(name))
        if original not in (None, name):
            all_of[edit_of(name)] += 1
            found_of[edit_of(name)] += frozenset((name, original)) in found
    recall = {edit: found_of[edit] / count for edit, count in all_of.items()}
    if by_edit:
        for edit in sorted(recall, key=lambda edit: (recall[edit], edit)):
            print(f"{edit:16} {found_of[edit]:4} of {all_of[edit]:<4} {recall[edit]:7.1%}")
    counts = Counter(map(label, posted))
    right, wrong = counts["true"], counts["false"]
    print(
        f"recall {found_of.total() / max(1, all_of.total()):.4f}, "
        f"worst edit {min(recall.values(), default=0):.3f}, "
        f"precision {right / max(1, right + wrong):.5f}, "
        f"{wrong} false pairs, {counts['sibling']} pairs of siblings"
    )


def unrelated_pairs(names: Iterable[str]) -> int:
    """Number of pairs of different families."""
    sizes = list(Counter(family_of(name) for name in names).values())
    return (sum(sizes) ** 2 - sum(size**2 for size in sizes)) // 2


def print_tail(names: Sequence[str], matches: Sequence[Match], label: Label) -> None:
    """False pairs per million: counted, and by an exponential fitted to the tail of the scores."""
    scores = np.array([match.score for match in matches if label(match.pair) == "false"])
    pairs = unrelated_pairs(names)
    above, slope = fit_tail(scores)
    print(f"\n{pairs} pairs of different families, highest score {scores.max(initial=0):.3f};")
    print(f"{above} above {TAIL}, from there fewer by a factor of e every {slope:.3f}")
    for preset, threshold in THRESHOLDS.items():
        counted = float((scores >= threshold).sum()) / max(1, pairs) * 1e6
        fitted = above * math.exp((TAIL - threshold) / slope) / max(1, pairs) * 1e6
        print(f"{preset:8} counted {counted:.3f} per million, fitted {fitted:.4f}")


def fit_tail(scores: NDArray[np.float64]) -> tuple[int, float]:
    """Number of scores above `TAIL` and the mean of what they exceed it by (maximum likelihood)."""
    beyond = scores[scores > TAIL] - TAIL
    return len(beyond), float(beyond.mean()) if len(beyond) else 1e-3


def plot(matches: Sequence[Match], label: Label) -> str:
    """The scores of true, sibling and false pairs as an SVG, counts on a logarithmic scale."""
    colours = {"false": "#c0392b", "sibling": "#e0a030", "true": "#2c7fb8"}
    edges = np.linspace(0, 1, BINS + 1)
    height, width, bar = 200, 600, 600 / BINS / 3
    parts = []
    for row, (name, colour) in enumerate(colours.items()):
        scores = [match.score for match in matches if label(match.pair) == name]
        counts, _ = np.histogram(scores, edges)
        parts.append(f'<text x="60" y="{20 + 16 * row}" fill="{colour}">{name} pairs</text>')
        for place in np.flatnonzero(counts):
            tall = math.log10(counts[place] * 2) / 5 * height
            x = 50 + float(place) * width / BINS + row * bar
            parts.append(
                f'<rect x="{x:.1f}" y="{height + 20 - tall:.1f}" width="{bar:.1f}" '
                f'height="{tall:.1f}" fill="{colour}"/>'
            )
    for preset, threshold in THRESHOLDS.items():
        x = 50 + threshold * width
        parts.append(f'<path d="M{x} 20V{height + 20}" stroke="#333" stroke-dasharray="3"/>')
        parts.append(f'<text x="{x}" y="14" text-anchor="middle">{preset}</text>')
    for tick in range(11):
        x = 50 + tick / 10 * width
        parts.append(f'<text x="{x}" y="{height + 36}" text-anchor="middle">{tick / 10}</text>')
    for power in range(5):
        y = height + 20 - math.log10(2 * 10**power) / 5 * height
        parts.append(f'<text x="44" y="{y:.1f}" text-anchor="end">{10**power}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width + 80} {height + 44}" '
        'font-family="sans-serif" font-size="11">'
        '<rect width="100%" height="100%" fill="#fff"/>' + "\n".join(parts) + "</svg>\n"
    )


def peer_pairs(paths: Sequence[Path], command: Sequence[str]) -> Pairs:
    """The pairs that another deduplicator posts."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    from fake_hydrus import FakeHydrus  # noqa: PLC0415

    with FakeHydrus([]) as hydrus:
        names = {hydrus.add_file(path): path.name for path in paths}
        started = time.monotonic()
        filled = [part.format(url=hydrus.url, key=hydrus.key) for part in command]
        subprocess.run(filled, check=True, stdin=subprocess.DEVNULL)
        print(f"{time.monotonic() - started:.0f} seconds in all")
        return [(names[a], names[b]) for a, b in hydrus.relations.potential_pairs()]


if __name__ == "__main__":
    main()
