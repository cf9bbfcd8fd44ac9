"""A match in words."""

from collections.abc import Iterator
from typing import Any

from hydrus_video_deduplicator.match import percent
from hydrus_video_deduplicator.stages.events import SimilarPair
from hydrus_video_deduplicator.wording import are, counted, faster, listed, stretches


def in_words(match: SimilarPair) -> str:
    """How two files are similar, such as `trimmed, mirrored: 0:04–0:31 of the first is …`."""
    detail = match.detail()
    if detail["kind"] == "tag":
        return f"tags differ in {counted(detail['bits'], 'bit')}"
    said = ", ".join(_what(detail))
    read = "".join(_read(detail))
    if detail["kind"] == "same":
        return said + read
    parts = detail["parts"]
    of_first, of_second = ([part[span] for part in parts] for span in ("a_span", "b_span"))
    first, second = stretches(of_first, of_second, "–")
    of_both = f"{listed(first)} of the first {are(len(first))} {listed(second)} of the second"
    return f"{said}: {of_both}{read}"


def _what(detail: dict[str, Any]) -> list[str]:
    kind = detail["kind"]
    if kind == "speed":
        fast = "second" if detail["speed"] < 1 else "first"
        kind = f"the {fast} plays {faster(max(detail['speed'], 1 / detail['speed']))}"
    return [kind, *detail["edits"], *_sound(detail["sound"])]


def _read(detail: dict[str, Any]) -> Iterator[str]:
    for which, share in (("first", detail["a_readable"]), ("second", detail["b_readable"])):
        if share < 1:
            yield f"; only {percent(share)} of the {which} could be read"


def _sound(verdict: dict[str, Any] | None) -> list[str]:
    if verdict is None:
        return []
    if verdict["verdict"] == "shifted":
        return [f"sound shifted by {verdict['shift']:.1f} s"]
    return [f"{verdict['verdict']} sound"]
