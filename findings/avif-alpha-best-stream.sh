#!/usr/bin/env bash
# The "best" video stream of an AVIF sequence may be its transparency.
#
# av 18.1.0 (FFmpeg 8.1), Pillow 13.0.0.
# What it does: `container.streams.best("video")` of a sequence of one plain red whose
# transparency is noise. The transparency is a track of its own and has the higher bit rate.
# Seen:
#   stream 2: yuv420p, 12 pictures
#   stream 3: gray, 12 pictures
#   best: 3, gray, its picture is noise (standard deviation 74)
# Ends with 1 if a release behaves otherwise.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    av==18.1.0 pillow==13.0.0 numpy==2.3.5
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import av
import numpy as np
from PIL import Image

random = np.random.default_rng(1)
pictures = []
for _ in range(12):
    rgba = np.full((96, 128, 4), (200, 40, 40, 0), np.uint8)
    rgba[..., 3] = random.integers(0, 256, (96, 128))
    pictures.append(Image.fromarray(rgba))
pictures[0].save("a.avif", save_all=True, append_images=pictures[1:], duration=100)

with av.open("a.avif") as container:
    for stream in container.streams.video:
        if stream.frames > 1:
            kind = stream.codec_context.pix_fmt
            print(f"stream {stream.index}: {kind}, {stream.frames} pictures")
    best = container.streams.best("video")
    index, kind = best.index, best.codec_context.pix_fmt
    noise = next(container.decode(best)).to_ndarray(format="rgb24").std()
print(f"best: {index}, {kind}, its picture is noise (standard deviation {noise:.0f})")
raise SystemExit(not (index == 3 and kind == "gray" and noise > 50))
PYTHON
