#!/usr/bin/env bash
# pillow-jxl-plugin shows an animated JPEG XL as one picture: the last.
#
# pillow-jxl-plugin 1.3.8, Pillow 13.0.0; imagecodecs 2026.3.6 (libjxl 0.11.2) makes the file.
# What it does: both read a lossless animation of red, green, blue and yellow.
# Seen:
#   imagecodecs: 4 pictures, the first is (255, 0, 0)
#   pillow-jxl-plugin: 1 picture, (255, 255, 0); is_animated: False
# Ends with 1 if a release behaves otherwise.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    pillow-jxl-plugin==1.3.8 pillow==13.0.0 imagecodecs==2026.3.6 numpy==2.3.5
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
from io import BytesIO

import imagecodecs
import numpy as np
import pillow_jxl  # noqa: F401
from PIL import Image

colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)]
pictures = np.zeros((4, 48, 64, 3), np.uint8) + np.array(colours, np.uint8)[:, None, None]
data = imagecodecs.jpegxl_encode(pictures, lossless=True)

decoded = imagecodecs.jpegxl_decode(data)
first = tuple(int(value) for value in decoded[0, 0, 0])
print(f"imagecodecs: {len(decoded)} pictures, the first is {first}")
image = Image.open(BytesIO(data))
count, is_animated = getattr(image, "n_frames", 1), getattr(image, "is_animated", False)
shown = image.getpixel((0, 0))
print(f"pillow-jxl-plugin: {count} picture, {shown}; is_animated: {is_animated}")
seen = (len(decoded), first, count, shown, is_animated)
raise SystemExit(seen != (4, colours[0], 1, colours[-1], False))
PYTHON
