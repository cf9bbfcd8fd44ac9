#!/usr/bin/env bash
# libx265 in PyAV's wheels lists formats with transparency and refuses them.
#
# av 18.1.0 (FFmpeg 8.1), wheel for Linux x86_64.
# What it does: the formats that the encoder lists, and what it says to one of them.
# Seen:
#   lists yuva420p: True
#   encoding yuva420p: OSError 95
#   encoding yuv420p: works
# Ends with 1 if a release behaves otherwise.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check \
    av==18.1.0 numpy==2.3.5
cd "$work"
"$work/venv/bin/python" - <<'PYTHON'
import av
import numpy as np

lists = "yuva420p" in [form.name for form in av.Codec("libx265", "w").video_formats]
print(f"lists yuva420p: {lists}")


def answer(form: str) -> str:
    with av.open("a.mkv", "w") as container:
        stream = container.add_stream("libx265", rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 120, form
        stream.codec_context.options = {"x265-params": "log-level=error"}
        picture = av.VideoFrame.from_ndarray(np.zeros((120, 160, 4), np.uint8), format="rgba")
        try:
            container.mux(stream.encode(picture.reformat(format=form)))
        except OSError as error:
            return f"OSError {error.errno}"
        container.mux(stream.encode())
    return "works"


seen = [answer(form) for form in ("yuva420p", "yuv420p")]
print(f"encoding yuva420p: {seen[0]}\nencoding yuv420p: {seen[1]}")
raise SystemExit(not (lists and seen == ["OSError 95", "works"]))
PYTHON
