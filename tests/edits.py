"""Edits of made films, on the frames themselves: nothing is encoded."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from hydrus_video_deduplicator.frames import Frame
from hydrus_video_deduplicator.frames.frame import grey_of
from hydrus_video_deduplicator.samples import scene
from hydrus_video_deduplicator.signature import PANELS, Signature, sign, sign_panels

FPS = 8
"""Frames a second of the made films: as many as a signature asks of a short clip."""

Film = list[Frame]


def film(seed: int, seconds: float = 8) -> Film:
    """A made film, 160×120, that no other seed has."""
    return timed(scene(seed, seconds, FPS))


def timed(pictures: Sequence[NDArray[np.uint8]], interval: float = 1 / FPS) -> Film:
    """Frames of the pictures, one each `interval` seconds."""
    return [
        Frame(number * interval, np.ascontiguousarray(image))
        for number, image in enumerate(pictures)
    ]


def plain(level: int, seconds: float = 8) -> Film:
    """A film of one colour."""
    return timed([np.full((120, 160, 3), level, np.uint8)] * round(seconds * FPS))


def still(frames: Film, seconds: float = 8) -> Film:
    """The first picture of a film, standing."""
    return timed([frames[0].image] * round(seconds * FPS))


def noise(seed: int, seconds: float = 8) -> Film:
    """The snow of an empty channel."""
    random = np.random.default_rng(seed)
    return timed(
        [
            random.integers(0, 256, (120, 160, 3)).astype(np.uint8)
            for _ in range(round(seconds * FPS))
        ]
    )


def fade(level: int, seconds: float = 8) -> Film:
    """From black to one colour and back."""
    count = round(seconds * FPS)
    shares = np.sin(np.linspace(0, np.pi, count))
    return timed([np.full((120, 160, 3), round(level * share), np.uint8) for share in shares])


def slow_scene(seed: int, seconds: float = 7) -> Film:
    """One picture slowly becomes another, while others swell and fade a little."""
    random = np.random.default_rng(seed)
    first, last, *others = (film(seed + 100 * number)[0].image.astype(float) for number in range(4))
    begin, turns = random.uniform(0, 6, 2), random.uniform(3, 12, 2)
    pictures = []
    for share in np.linspace(0, 1, round(seconds * FPS)):
        picture = first * (1 - share) + last * share
        for other, start, turn in zip(others, begin, turns, strict=True):
            picture += 0.1 * np.sin(start + turn * share) * (other - 128)
        pictures.append(picture.clip(0, 255).astype(np.uint8))
    return timed(pictures)


def lecture(seed: int, slides: int = 12, seconds: float = 4) -> Film:
    """Slides of one template, a head and a foot, that stay so long; the lines of text differ."""
    random = np.random.default_rng(seed)
    pictures = []
    for _ in range(slides):
        slide = np.full((120, 160, 3), 245, np.uint8)
        slide[:18] = slide[-8:] = (20, 60, 120)
        for top in range(26, 26 + 14 * int(random.integers(2, 7)), 14):
            slide[top : top + 6, 14 : int(random.integers(60, 150))] = 150
        pictures += [slide] * round(seconds * FPS)
    return timed(pictures)


def mirrored(frames: Film) -> Film:
    return _each(frames, lambda image: image[:, ::-1])


def turned(frames: Film, quarters: int) -> Film:
    return _each(frames, lambda image: np.rot90(image, quarters))


def cropped(frames: Film, left: float, top: float, right: float, bottom: float) -> Film:
    """What is left of the pictures without these shares of their width and height."""

    def cut(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        height, width, _ = image.shape
        rows = slice(round(top * height), round((1 - bottom) * height))
        return image[rows, round(left * width) : round((1 - right) * width)]

    return _each(frames, cut)


def bordered(frames: Film, sides: int, ends: int, colour: tuple[int, int, int] = (0, 0, 0)) -> Film:
    """Bars of so many pixels at the sides, and above and below."""

    def pad(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        height, width, _ = image.shape
        framed = np.full((height + 2 * ends, width + 2 * sides, 3), colour, np.uint8)
        framed[ends : ends + height, sides : sides + width] = image
        return framed

    return _each(frames, pad)


def heightened(frames: Film, ends: int) -> Film:
    """So many pixels more above and below, in which the picture is reflected: no bars."""
    rows = ((ends, ends), (0, 0), (0, 0))
    return _each(frames, lambda image: np.pad(image, rows, "symmetric"))


def in_portrait(frames: Film) -> Film:
    """The pictures across a portrait frame, above and below a blur of themselves."""

    def repost(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        height, width, _ = image.shape
        tall = width * 16 // 9
        small = image[::15, ::15].astype(np.float64)
        rows = np.linspace(0, len(small) - 1, tall)
        shown = height / tall  # of the width, enlarged to fill the frame
        columns = (np.linspace(-0.5, 0.5, width) * shown + 0.5) * (small.shape[1] - 1)
        ground = _blend(_blend(small, rows).swapaxes(0, 1), columns).swapaxes(0, 1)
        ground = ground.astype(np.uint8)
        start = (tall - height) // 2
        ground[start : start + height] = image
        return ground

    return _each(frames, repost)


def _blend(image: NDArray[np.float64], places: NDArray[np.float64]) -> NDArray[np.float64]:
    below = np.floor(places).astype(int)
    above = np.minimum(below + 1, len(image) - 1)
    share = (places - below)[:, None, None]
    blended: NDArray[np.float64] = image[below] * (1 - share) + image[above] * share
    return blended


def painted_over(frames: Film, box: tuple[float, float, float, float], colour: int = 255) -> Film:
    """With a striped box, as a logo or a line of text.

    box: left, top, right, bottom, as shares of the width and height.
    """
    left, top, right, bottom = box

    def paint(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        height, width, _ = image.shape
        image = image.copy()
        rows = slice(round(top * height), round(bottom * height))
        image[rows, round(left * width) : round(right * width) : 2] = colour
        return image

    return _each(frames, paint)


def recoloured(frames: Film, gain: float = 1.0, offset: float = 0.0, gamma: float = 1.0) -> Film:
    return _each(
        frames,
        lambda image: ((((image / 255) ** gamma) * gain + offset).clip(0, 1) * 255).astype(
            np.uint8
        ),
    )


def grey(frames: Film) -> Film:
    return _each(
        frames,
        lambda image: np.repeat(image.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2),
    )


def noisy(frames: Film, seed: int = 1, spread: float = 12) -> Film:
    random = np.random.default_rng(seed)

    def disturb(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return (image + random.normal(0, spread, image.shape)).clip(0, 255).astype(np.uint8)

    return _each(frames, disturb)


def small(frames: Film, step: int = 2) -> Film:
    return _each(frames, lambda image: image[::step, ::step])


def squeezed(frames: Film) -> Film:
    """Half as wide and as high as before."""
    return _each(frames, lambda image: image[:, ::2])


def trimmed(frames: Film, start: float, end: float) -> Film:
    """The frames between two times, in seconds."""
    return timed([frame.image for frame in frames if start <= frame.time < end])


def at_speed(frames: Film, speed: float) -> Film:
    """Played so many times as fast, seen every eighth of a second."""
    count = int(len(frames) / speed)
    return timed([frames[int(number * speed)].image for number in range(count)])


def thinned(frames: Film, step: int = 2) -> Film:
    """One frame of every `step`."""
    return timed([frame.image for frame in frames[::step]], step / FPS)


def joined(*films: Film) -> Film:
    return timed([frame.image for part in films for frame in part])


def reversed_(frames: Film) -> Film:
    return joined(frames[::-1])


def turned_over(frames: Film, start: float) -> Film:
    """The same loop, begun at another moment, in seconds."""
    place = round(start * FPS)
    return joined(frames[place:], frames[:place])


def faded(frames: Film, seconds: float) -> Film:
    """Out of black at the start, and into black at the end."""
    end = len(frames) / FPS

    def light(time: float) -> float:
        return min(1.0, time / seconds, (end - time) / seconds)

    return timed([(frame.image * light(frame.time)).astype(np.uint8) for frame in frames])


def negative(frames: Film) -> Film:
    return _each(frames, lambda image: 255 - image)


def blended(frames: Film, other: Film, share: float) -> Film:
    """With a share of another film in each picture."""
    pictures = (
        (1 - share) * one.image + share * two.image for one, two in zip(frames, other, strict=True)
    )
    return timed([picture.astype(np.uint8) for picture in pictures])


def zoomed(frames: Film, most: float) -> Film:
    """Enlarged more and more, up to so many times."""

    def enlarge(image: NDArray[np.uint8], times: float) -> NDArray[np.uint8]:
        places = (
            ((np.arange(side) - side / 2 + 0.5) / times + side / 2).astype(int)
            for side in image.shape[:2]
        )
        return image[np.ix_(*places)]

    steps = np.linspace(1, most, len(frames))
    return timed([enlarge(f.image, times) for f, times in zip(frames, steps, strict=True)])


def standing(frames: Film, seconds: float) -> Film:
    """A slide show: each picture stands so long."""
    step = round(seconds * FPS)
    return timed([frames[number // step * step].image for number in range(len(frames))])


def beside(frames: Film, other: Film) -> Film:
    """To the left of another film."""
    return timed([np.hstack([f.image, o.image]) for f, o in zip(frames, other, strict=True)])


def above(frames: Film, other: Film) -> Film:
    """Above another film."""
    return timed([np.vstack([f.image, o.image]) for f, o in zip(frames, other, strict=True)])


def inset(frames: Film, other: Film, left: int, top: int) -> Film:
    """At 0.6 of its size on another film, so many pixels from the left and from the top."""

    def lay(frame: Frame, ground: Frame) -> NDArray[np.uint8]:
        small = np.asarray(Image.fromarray(frame.image).resize((96, 72)))
        picture = ground.image.copy()
        picture[top : top + 72, left : left + 96] = small
        return picture

    return timed([lay(frame, ground) for frame, ground in zip(frames, other, strict=True)])


def all_signatures(name: str, frames: Film) -> dict[str, Signature]:
    """The signatures of a film and of the pictures within its picture, as the store names them."""
    whole = signed(frames)
    panels = zip(PANELS, sign_panels(in_grey(frames), whole), strict=False)
    return {name: whole} | {name + suffix: panel for suffix, panel in panels}


def signed(frames: Film) -> Signature:
    """The signature of a film."""
    return sign(in_grey(frames))


def in_grey(frames: Film) -> list[Frame]:
    """The frames as decoders hand them over for the signature."""
    return [Frame(frame.time, grey_of(frame.image)) for frame in frames]


def _each(frames: Film, edit: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]) -> Film:
    return [Frame(frame.time, np.ascontiguousarray(edit(frame.image))) for frame in frames]
