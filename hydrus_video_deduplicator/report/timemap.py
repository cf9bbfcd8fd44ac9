"""A map of time of a pair: a bar for each video, to scale, and bands between what is the same."""

from markupsafe import Markup

from hydrus_video_deduplicator.match import Part, Span
from hydrus_video_deduplicator.relation import part_in_words
from hydrus_video_deduplicator.report.contents import Pair

WIDTH, HEIGHT = 1000, 60
"""Units of the drawing, which the page stretches: no text and no line is in it."""

BAR = 13
"""Units of the height of a bar."""

THINNEST = 3
"""Units of the width of a part, at least, so that a short one of a long video can be seen."""

COLOURS = 4
"""Classes of colour that the style of the page has for parts, used in turn."""

_MAP = Markup(
    '<svg class="map" viewBox="0 0 {width} {height}" preserveAspectRatio="none" role="img" '
    'aria-labelledby="{name}-title {name}-desc">'
    '<title id="{name}-title">Map of time of {letters}</title><desc id="{name}-desc">{said}</desc>'
    "{bars}{parts}</svg>"
)
_PART = Markup(
    '<g class="part n{colour}"><title>{said}</title><polygon points="{points}"/>{of_a}{of_b}</g>'
)
_BAR = Markup('<rect class="bar" x="{x:.1f}" y="{y}" width="{width:.1f}" height="{height}"/>')


def time_map(pair: Pair, name: str) -> Markup:
    """The map as SVG, that of the first of the sides above. name: begins the ids in it."""
    letters = [side.letter for side in pair.sides]
    lengths = [side.file.seconds for side in pair.sides]
    parts = pair.match.parts
    said = [part_in_words(part, *letters) for part in parts]
    scale = WIDTH / max(1e-3, *lengths, pair.match.a_span[1], pair.match.b_span[1])
    bars = [_bar((0.0, seconds), lower, scale) for lower, seconds in enumerate(lengths)]
    drawn = [
        _part(*part, number, scale) for number, part in enumerate(zip(parts, said, strict=True))
    ]
    return _MAP.format(
        width=WIDTH,
        height=HEIGHT,
        name=name,
        letters=" and ".join(letters),
        said=f"{'; '.join(said)}.",
        bars=Markup().join(bars),
        parts=Markup().join(drawn),
    )


def _part(part: Part, said: str, number: int, scale: float) -> Markup:
    """A part on both bars and the band between, which crosses itself if B plays it backwards."""
    (a_start, a_end), (b_start, b_end) = (
        _units(span, scale) for span in (part.a_span, part.b_span)
    )
    corners = [(a_start, BAR), (a_end, BAR), (b_end, HEIGHT - BAR), (b_start, HEIGHT - BAR)]
    if part.speed < 0:
        corners[2:] = reversed(corners[2:])
    return _PART.format(
        colour=number % COLOURS,
        said=said,
        points=" ".join(f"{x:.1f},{y}" for x, y in corners),
        of_a=_bar(part.a_span, 0, scale),
        of_b=_bar(part.b_span, 1, scale),
    )


def _bar(span: Span, lower: int, scale: float) -> Markup:
    """A stretch of the upper bar (0) or the lower one (1)."""
    start, end = _units(span, scale)
    return _BAR.format(x=start, y=lower * (HEIGHT - BAR), width=end - start, height=BAR)


def _units(span: Span, scale: float) -> Span:
    """Where a stretch, in seconds, begins and ends on the drawing."""
    width = max(THINNEST, (span[1] - span[0]) * scale)
    start = min(span[0] * scale, WIDTH - width)
    return start, start + width
