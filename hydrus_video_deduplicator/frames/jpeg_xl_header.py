"""What a JPEG XL says of its size and its frames, read without decoding a pixel.

The decoder tells neither before it has decoded everything. Clauses are those of ISO/IEC 18181-1;
sizes are pixels, positions bits, unless something else is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

Bytes = bytes | memoryview
"""What a codestream comes as: where it lies in one piece in the file, nothing is copied."""

START = b"\xff\x0a"
"""With which a codestream begins (D.1)."""

CONTAINER = b"\0\0\0\x0cJXL \r\n\x87\n"
"""With which a file begins that has its codestream in boxes (ISO/IEC 18181-2)."""

MOST_FIELDS = 1 << 21
"""Fields that are read of one file, at most: some seconds. A frame has about 30, and one for each
of its squares: 70,000 small frames, or 1,000 of 8192×8192. Those beyond are not shown."""

MOST_PROFILE = 1 << 16
"""Bytes of an ICC profile, before it was packed, at most. The common ones have less than 4,000."""

PACKING = 1 << 10
"""Bytes by which a packed profile may be larger: the description of its code."""

RATIOS = ((1, 1), (12, 10), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1))
"""Width to height, where only the height is stated (D.2)."""

SIDE = ((1, 9), (1, 13), (1, 18), (1, 30))
PLACE = ((0, 8), (256, 11), (2304, 14), (18688, 30))
CHROMATICITY = ((0, 19), (524288, 19), (1048576, 20), (2097152, 21))
SECTION = ((0, 10), (1024, 14), (17408, 22), (4211712, 30))
"""The ways in which a number is written, for `Bits.number`."""

GREY, XYB = 1, 2
"""Colour spaces (E.2)."""

CUSTOM = 2
"""Of a white point and of primaries: they are stated (E.2)."""

ALPHA, SPOT_COLOUR, COLOUR_FILTER = 0, 2, 5
"""Kinds of extra channels about which more is stated (D.3)."""

LOW_FREQUENCIES, ONLY_REFERENCE = 1, 2
HIDDEN = frozenset({LOW_FREQUENCIES, ONLY_REFERENCE})
"""Kinds of frames that are there for other frames, and are not shown (F.2)."""

REPLACE, BLEND, MULTIPLY_ADD, MULTIPLY = 0, 2, 3, 4
"""How a frame is laid over what was there before (F.2)."""

WITH_PATCHES, WITH_LOW_FREQUENCIES = 1 << 1, 1 << 5
FROM_OTHERS = WITH_PATCHES | WITH_LOW_FREQUENCIES
"""Flags of a frame that takes something from another frame (F.2)."""


class Broken(Exception):
    """What is read makes no sense, or ends too early."""


class _Packed(Exception):
    """The sections of a frame lie in an order that is packed: only unpacking tells where."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame that is shown.

    seconds: for which it is shown. end: bytes of the codestream up to its end.
    stands_alone: whether it is decoded without the frames before it.
    """

    seconds: float
    end: int
    stands_alone: bool


@dataclass(slots=True)
class Header:
    """What a codestream says about itself.

    width, height: as a player shows it.
    is_grey: whether there is nothing but grey, not even transparency.
    extra_channels: all but the colours, such as transparency.
    sample_bits: bits of a sample.
    frames: those that are shown and are there as a whole; none if only the decoder can tell.
    delay: seconds for which the first is shown, as far as that is known; else 0.
    """

    width: int
    height: int
    is_grey: bool
    extra_channels: int
    sample_bits: int
    frames: Sequence[Frame]
    delay: float


def codestream_of(data: memoryview) -> Bytes:
    """The codestream of a file, in one piece (ISO/IEC 18181-2, boxes `jxlc` and `jxlp`).

    Raises `Broken`.
    """
    if data[: len(START)] == START:
        return data
    parts = []
    place = len(CONTAINER)
    while place + 8 <= len(data):
        size, head = int.from_bytes(data[place : place + 4]), 8
        kind = bytes(data[place + 4 : place + 8])
        if size == 1:
            size, head = int.from_bytes(data[place + 8 : place + 16]), 16
        end = place + size if size else len(data)
        if end < place + head:
            raise Broken
        if kind == b"jxlc":
            return data[place + head : end]
        if kind == b"jxlp":
            parts.append(data[place + head + 4 : end])  # behind the number of the part
        place = end
    return b"".join(parts)


def read_header(codestream: Bytes) -> Header:
    """What the codestream says of itself. Raises `Broken`; frames that are cut off are left out."""
    bits = Bits(codestream, 8 * len(START))
    image = _Image(*_size(bits))
    if not bits.flag():
        image.read(bits)
    _skip_transforms(bits, image)
    is_turned = image.orientation > 4
    start = bits.position
    frames = _frames(bits, image)
    return Header(
        width=image.height if is_turned else image.width,
        height=image.width if is_turned else image.height,
        is_grey=image.is_grey and not image.extra_channels,
        extra_channels=image.extra_channels,
        sample_bits=image.sample_bits,
        frames=frames,
        delay=frames[0].seconds if frames else _first_delay(Bits(codestream, start), image),
    )


class Bits:
    """A codestream, read from a position on: fields of bits, the lowest first (B.2)."""

    def __init__(self, data: Bytes, position: int) -> None:
        self.data = data
        self.position = position
        self._left = MOST_FIELDS

    def read(self, count: int) -> int:
        """An unsigned number of `count` bits, at most 32: `u(n)`."""
        if self._left == 0:
            raise Broken
        self._left -= 1
        start, shift = divmod(self.position, 8)
        self.skip(count)
        window = int.from_bytes(self.data[start : start + 5], "little")
        return window >> shift & ((1 << count) - 1)

    def flag(self) -> bool:
        """A `Bool()`."""
        return self.read(1) == 1

    def number(self, *ways: int | tuple[int, int]) -> int:
        """A `U32`: one of four numbers, or of four sums of a number and of that many bits."""
        way = ways[self.read(2)]
        return way if isinstance(way, int) else way[0] + self.read(way[1])

    def kind(self) -> int:
        """An `Enum`."""
        return self.number(0, 1, (2, 4), (18, 6))

    def long_number(self) -> int:
        """A `U64()`."""
        way = self.read(2)
        if way < 3:
            return (0, 1, 17)[way] + self.read(4 * way)
        value, shift = self.read(12), 12
        while self.flag():
            if shift == 60:
                return value | self.read(4) << shift
            value |= self.read(8) << shift
            shift += 8
        return value

    def skip(self, count: int) -> None:
        """Pass over so many bits."""
        self.position += count
        if self.position > 8 * len(self.data):
            raise Broken

    def skip_name(self) -> None:
        """Pass over a text."""
        self.skip(8 * self.number(0, (0, 4), (16, 5), (48, 10)))

    def skip_extensions(self) -> None:
        """Pass over what later editions may add (B.3)."""
        present = self.long_number()
        self.skip(sum(self.long_number() for bit in range(64) if present >> bit & 1))

    def align(self) -> None:
        """Go to the next whole byte, past bits that are 0: `ZeroPadToByte()`."""
        if self.read(-self.position % 8):
            raise Broken


def _size(bits: Bits) -> tuple[int, int]:
    """Width and height (D.2)."""
    in_eights = bits.flag()

    def side() -> int:
        return 8 * (1 + bits.read(5)) if in_eights else bits.number(*SIDE)

    height, ratio = side(), bits.read(3)
    return _at_ratio(height, ratio) if ratio else side(), height


def _at_ratio(height: int, ratio: int) -> int:
    across, down = RATIOS[ratio - 1]
    return height * across // down


@dataclass(slots=True)
class _Image:
    """The metadata of the image, with what they are where they are not stated (D.3).

    width, height: before it is turned. tick: seconds of a tick; 0 for a still picture.
    preview: its width and height, if there is one.
    """

    width: int
    height: int
    orientation: int = 1
    preview: tuple[int, int] | None = None
    tick: float = 0.0
    has_timecodes: bool = False
    sample_bits: int = 8
    extra_channels: int = 0
    is_xyb: bool = True
    is_grey: bool = False
    has_profile: bool = False

    def read(self, bits: Bits) -> None:
        has_extra_fields = bits.flag()
        if has_extra_fields:
            self._read_extra_fields(bits)
        self.sample_bits = _sample_bits(bits)
        bits.skip(1)  # whether 16 bits are enough to decode
        self.extra_channels = bits.number(0, 1, (2, 4), (1, 12))
        for _ in range(self.extra_channels):
            _skip_extra_channel(bits)
        self.is_xyb = bits.flag()
        if not bits.flag():
            self._read_colours(bits)
        if has_extra_fields and not bits.flag():
            bits.skip(16 + 16 + 1 + 16)  # tone mapping
        bits.skip_extensions()

    def _read_extra_fields(self, bits: Bits) -> None:
        self.orientation = 1 + bits.read(3)
        if bits.flag():
            _size(bits)  # at which it is meant to be shown
        if bits.flag():
            self.preview = _preview_size(bits)
        if bits.flag():
            ticks = bits.number(100, 1000, (1, 10), (1, 30))
            self.tick = bits.number(1, 1001, (1, 8), (1, 10)) / ticks
            bits.number(0, (0, 3), (0, 16), (0, 32))  # how often it is repeated
            self.has_timecodes = bits.flag()

    def _read_colours(self, bits: Bits) -> None:
        """ColourEncoding (E.2)."""
        self.has_profile = bits.flag()
        space = bits.kind()
        self.is_grey = space == GREY
        if self.has_profile:
            return
        if space != XYB:
            _skip_chromaticities(bits, 1)
            if space != GREY:
                _skip_chromaticities(bits, 3)
            if bits.flag():
                bits.skip(24)  # gamma
            else:
                bits.kind()  # another transfer function
        bits.kind()  # rendering intent


def _preview_size(bits: Bits) -> tuple[int, int]:
    """Width and height (D.3)."""
    in_eights = bits.flag()

    def side() -> int:
        if in_eights:
            return 8 * bits.number(16, 32, (1, 5), (33, 9))
        return bits.number((1, 6), (65, 8), (321, 10), (1345, 12))

    height, ratio = side(), bits.read(3)
    return _at_ratio(height, ratio) if ratio else side(), height


def _sample_bits(bits: Bits) -> int:
    """BitDepth (D.3.5)."""
    if not bits.flag():
        return bits.number(8, 10, 12, (1, 6))
    count = bits.number(32, 16, 24, (1, 6))
    bits.skip(4)  # of which this many are the exponent
    return count


def _skip_extra_channel(bits: Bits) -> None:
    """ExtraChannelInfo (D.3)."""
    if bits.flag():
        return
    kind = bits.kind()
    _sample_bits(bits)
    bits.number(0, 3, 4, (1, 3))  # how much smaller it is
    bits.skip_name()
    if kind == ALPHA:
        bits.skip(1)  # whether the colours are multiplied by it
    elif kind == SPOT_COLOUR:
        bits.skip(4 * 16)
    elif kind == COLOUR_FILTER:
        bits.number(1, (0, 2), (3, 4), (19, 8))


def _skip_chromaticities(bits: Bits, count: int) -> None:
    """A white point, or three primaries (E.2)."""
    if bits.kind() == CUSTOM:
        for _ in range(2 * count):
            bits.number(*CHROMATICITY)


def _skip_transforms(bits: Bits, image: _Image) -> None:
    """The inverse matrix of XYB, and the weights with which frames are enlarged (D.3)."""
    if bits.flag():
        return
    if image.is_xyb and not bits.flag():
        bits.skip(16 * 16)
    stated = bits.read(3)
    for bit, weights in enumerate((15, 55, 210)):
        if stated >> bit & 1:
            bits.skip(16 * weights)


def _frames(bits: Bits, image: _Image) -> list[Frame]:
    """The frames that are shown; none if it cannot be told where they are."""
    if image.has_profile:
        return _frames_behind_profile(bits, image)
    bits.align()
    return _frames_from_here(bits, image)[0]


def _frames_behind_profile(bits: Bits, image: _Image) -> list[Frame]:
    """The same, where an ICC profile comes first, which is packed (annex E): its end is not known.

    From it, frame follows frame to the end of the codestream. What is taken for a frame elsewhere
    may lead to a later one, but hardly to more frames than there are.
    """
    size = bits.long_number()
    start = -(-bits.position // 8)
    chains = []
    for place in range(start, start + min(size, MOST_PROFILE) + PACKING):
        bits.position = 8 * place
        frames, is_whole = _frames_from_here(bits, image)
        if is_whole:
            chains.append(frames)
    most = max(map(len, chains), default=0)
    longest = [frames for frames in chains if len(frames) == most]
    if len({frames[0].seconds for frames in longest}) > 1:
        # Read from a byte too early or too late, a header may lead to the same place, but it
        # states another time. Most first frames are shown for as long as the second.
        first, *others = longest[0]
        return [replace(first, seconds=others[0].seconds if others else 0.0), *others]
    return longest[0] if longest else []


def _first_delay(bits: Bits, image: _Image) -> float:
    """Seconds; 0 if it is not known."""
    frame = _FrameHeader(image.width, image.height)
    if not (image.has_profile or image.preview):
        bits.align()
        frame.read(bits, image)
    return frame.ticks * image.tick


def _frames_from_here(bits: Bits, image: _Image) -> tuple[list[Frame], bool]:
    """The frames that are shown, and whether the last one ends with the codestream."""
    frames: list[Frame] = []
    try:
        if image.preview is not None:
            _next_frame(bits, image, image.preview)
        while True:
            frame = _next_frame(bits, image, (image.width, image.height))
            if frame.is_shown:
                seconds = frame.ticks * image.tick
                frames.append(Frame(seconds, bits.position // 8, frame.stands_alone))
            if frame.is_last:
                return frames, bits.position == 8 * len(bits.data)
    except _Packed:
        frames = []
    except Broken:
        pass  # what came before it is whole
    return frames, False


def _next_frame(bits: Bits, image: _Image, size: tuple[int, int]) -> _FrameHeader:
    """The header of the frame that begins here. What follows is then the next frame."""
    frame = _FrameHeader(*size)
    frame.read(bits, image)
    _skip_sections(bits, frame.sections())
    return frame


def _skip_sections(bits: Bits, count: int) -> None:
    """The sizes of the sections of a frame, in bytes, and the sections (F.3)."""
    if bits.flag():
        raise _Packed
    bits.align()
    size = sum(bits.number(*SECTION) for _ in range(count))
    bits.align()
    bits.skip(8 * size)


@dataclass(slots=True)
class _FrameHeader:
    """The header of a frame, with what it is where it is not stated (F.2).

    width, height: before it is enlarged. group_side: of the squares in which it is coded.
    level: of low frequencies, each an eighth as wide and high. ticks: for which it is shown.
    """

    width: int
    height: int
    is_shown: bool = True
    is_last: bool = True
    stands_alone: bool = True
    ticks: int = 0
    group_side: int = 256
    passes: int = 1
    upsampling: int = 1
    level: int = 0

    def sections(self) -> int:
        """How many sections the frame has."""
        scale = self.upsampling << 3 * self.level
        width, height = _parts(self.width, scale), _parts(self.height, scale)
        groups, coarse = (
            _parts(width, side) * _parts(height, side)
            for side in (self.group_side, 8 * self.group_side)
        )
        return 1 if groups == self.passes == 1 else 2 + coarse + groups * self.passes

    def read(self, bits: Bits, image: _Image) -> None:
        if bits.flag():
            return
        kind, is_modular, flags = bits.read(2), bits.flag(), bits.long_number()
        self._read_coding(bits, image, is_modular, flags)
        if kind != ONLY_REFERENCE:
            self.passes = _passes(bits)
        is_full = self._read_place(bits, image, kind)
        modes = [REPLACE]
        if kind in HIDDEN:
            self.is_last = False
        else:
            modes = self._read_showing(bits, image, is_full)
        if kind != LOW_FREQUENCIES:
            is_reset = is_full and modes[0] == REPLACE
            is_kept = not self.is_last and (bits.read(2) != 0 or self.ticks == 0)
            if kind == ONLY_REFERENCE or (is_reset and is_kept):
                bits.skip(1)  # whether it is kept before its colours are transformed
        bits.skip_name()
        _skip_filters(bits, is_modular)
        bits.skip_extensions()
        self.is_shown = self.is_last or self.ticks > 0
        self.stands_alone = is_full and not any(modes) and not flags & FROM_OTHERS

    def _read_coding(self, bits: Bits, image: _Image, is_modular: bool, flags: int) -> None:
        is_ycbcr = not image.is_xyb and bits.flag()
        if not flags & WITH_LOW_FREQUENCIES:
            if is_ycbcr:
                bits.skip(3 * 2)  # its chroma subsampling
            self.upsampling = bits.number(1, 2, 4, 8)
            bits.skip(2 * image.extra_channels)  # theirs
        if is_modular:
            self.group_side = 128 << bits.read(2)
        elif image.is_xyb:
            bits.skip(2 * 3)  # scales of X and B

    def _read_place(self, bits: Bits, image: _Image, kind: int) -> bool:
        """Its size, if it is another than the image's; returns whether it covers the image."""
        if kind == LOW_FREQUENCIES:
            self.level = 1 + bits.read(2)
            return True
        if not bits.flag():
            return True
        left = top = 0
        if kind != ONLY_REFERENCE:
            left, top = (_signed(bits.number(*PLACE)) for _ in range(2))
        self.width, self.height = (bits.number(*PLACE) for _ in range(2))
        right, bottom = left + self.width, top + self.height
        return max(left, top) <= 0 and right >= image.width and bottom >= image.height

    def _read_showing(self, bits: Bits, image: _Image, is_full: bool) -> list[int]:
        """How long it is shown; returns how each channel is laid over what was there before."""
        has_extra = image.extra_channels > 0
        modes = [_blend_mode(bits, has_extra, is_full) for _ in range(1 + image.extra_channels)]
        if image.tick:
            self.ticks = bits.number(0, 1, (0, 8), (0, 32))
            bits.skip(32 * image.has_timecodes)
        self.is_last = bits.flag()
        return modes


def _parts(length: int, part: int) -> int:
    """How many parts of a length cover another."""
    return -(-length // part)


def _signed(number: int) -> int:
    """`UnpackSigned`: 0, -1, 1, -2, ... for 0, 1, 2, 3, ..."""
    return -(number + 1 >> 1) if number & 1 else number >> 1


def _passes(bits: Bits) -> int:
    """In how many passes a frame comes, each finer than the one before (F.2)."""
    passes = bits.number(1, 2, 3, (4, 3))
    if passes > 1:
        coarser = bits.number(0, 1, 2, (3, 1))
        bits.skip(2 * (passes - 1) + 2 * coarser)
        for _ in range(coarser):
            bits.number(0, 1, 2, (0, 3))
    return passes


def _blend_mode(bits: Bits, has_extra: bool, is_full: bool) -> int:
    """How a channel of a frame is laid over what was there before: BlendingInfo (F.2)."""
    mode = bits.number(0, 1, 2, (3, 2))
    if has_extra and mode in {BLEND, MULTIPLY_ADD}:
        bits.number(0, 1, 2, (3, 3))  # by which transparency
    if has_extra and mode in {BLEND, MULTIPLY_ADD, MULTIPLY}:
        bits.skip(1)  # whether within bounds
    if mode != REPLACE or not is_full:
        bits.skip(2)  # over what
    return mode


def _skip_filters(bits: Bits, is_modular: bool) -> None:
    """RestorationFilter (J.1)."""
    if bits.flag():
        return
    if bits.flag() and bits.flag():
        bits.skip(6 * 16)  # weights of the smoothing
    if bits.read(2):  # rounds of the filter that preserves edges
        if not is_modular and bits.flag():
            bits.skip(8 * 16)
        if bits.flag():
            bits.skip(5 * 16)
        if bits.flag():
            bits.skip((3 if is_modular else 4) * 16)
        if is_modular:
            bits.skip(16)
    bits.skip_extensions()
