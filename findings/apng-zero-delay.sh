#!/usr/bin/env bash
# An APNG without delays: FFmpeg shows 15 pictures a second, a browser 10.
#
# av 18.1.0 (FFmpeg 8.1), Pillow 13.0.0.
# What it does: both read an APNG of four pictures with a delay of 0, which the format allows
# ("as quickly as possible"). Browsers show such pictures for 100 ms. FFmpeg has an option for it.
# Seen:
#   Pillow: 0 ms
#   FFmpeg: 67 ms
#   FFmpeg with default_fps=10: 100 ms
# Ends with 1 if a release behaves otherwise.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    av==18.1.0 pillow==13.0.0
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import av
from PIL import Image

pictures = [Image.new("RGB", (64, 48), (60 * i, 90, 200)) for i in range(4)]
pictures[0].save("a.png", save_all=True, append_images=pictures[1:], duration=0, loop=0)


def delay(**options: str) -> int:
    with av.open("a.png", container_options=options) as container:
        first, second, *_ = container.decode(video=0)
        return round(1000 * (second.time - first.time))


seen = [round(Image.open("a.png").info["duration"]), delay(), delay(default_fps="10")]
print("Pillow: {} ms\nFFmpeg: {} ms\nFFmpeg with default_fps=10: {} ms".format(*seen))
raise SystemExit(seen != [0, 67, 100])
PYTHON
