#!/usr/bin/env bash
# The default VP9 decoder leaves the transparency of a WebM out.
#
# av 18.1.0 (FFmpeg 8.1).
# What it does: the same packets to the decoder that is chosen, `vp9`, and to `libvpx-vp9`.
# The left half of the picture is clear. The stream says `alpha_mode: 1`.
# Seen:
#   vp9: yuv420p
#   libvpx-vp9: yuva420p, alpha 0 and 255
# Ends with 1 if a release behaves otherwise.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    av==18.1.0 numpy==2.3.5
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
from io import BytesIO

import av
import numpy as np

rgba = np.full((48, 64, 4), 200, np.uint8)
rgba[:, :32, 3], rgba[:, 32:, 3] = 0, 255
file = BytesIO()
with av.open(file, "w", format="webm") as container:
    stream = container.add_stream("libvpx-vp9", rate=10)
    stream.width, stream.height, stream.pix_fmt = 64, 48, "yuva420p"
    for _ in range(10):
        container.mux(stream.encode(av.VideoFrame.from_ndarray(rgba, format="rgba")))
    container.mux(stream.encode())

file.seek(0)
with av.open(file) as container:
    [stream] = container.streams.video
    assert stream.metadata["alpha_mode"] == "1"
    name = stream.codec_context.codec.name
    packets = [packet for packet in container.demux(stream) if packet.size]
    chosen = next(picture for packet in packets for picture in packet.decode())
    decoder = av.CodecContext.create("libvpx-vp9", "r")
    other = next(picture for packet in packets for picture in decoder.decode(packet))
alpha = [int(value) for value in other.to_ndarray(format="rgba")[24, [8, 56], 3]]
print(f"{name}: {chosen.format.name}")
print(f"libvpx-vp9: {other.format.name}, alpha {alpha[0]} and {alpha[1]}")
seen = (name, chosen.format.name, other.format.name, alpha)
raise SystemExit(seen != ("vp9", "yuv420p", "yuva420p", [0, 255]))
PYTHON
