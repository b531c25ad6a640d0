#!/usr/bin/env bash
# Pillow 13.0.0: a 16-bit grey PNG that is converted to RGB is cut off at 255, not scaled.
#
# Expected: convert("RGB") scales 0…65535 to 0…255, as it does with 16-bit RGB files (which it reads as 8-bit, scaled).
# Seen: every value above 255 becomes 255. torchvision's ImageFolder loads files by this call, so that X-ray and microscope
# pictures arrive white.
# Contrast scales: 16-bit grey and 16-bit colour are read alike.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pillow==13.0.0
"$folder/venv/bin/python" - "$folder/grey.png" <<'PYTHON'
import struct, sys, zlib
import PIL
from PIL import Image

path = sys.argv[1]
values = [0, 9362, 18724, 28086, 65535]

def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

# Five grey pixels of 16 bits.
row = b"\0" + b"".join(struct.pack(">H", value) for value in values)
with open(path, "wb") as file:
    file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", len(values), 1, 16, 0, 0, 0, 0))
               + chunk(b"IDAT", zlib.compress(row)) + chunk(b"IEND", b""))

image = Image.open(path)
seen = [pixel[0] for pixel in image.convert("RGB").get_flattened_data()]
scaled = [round(value / 257) for value in values]
print(f"Pillow {PIL.__version__}: mode {image.mode}, values {values}")
print(f"convert('RGB') gives {seen}; scaled to 8 bits they are {scaled}")
assert image.mode == "I;16" and seen == [0, 255, 255, 255, 255], "the behaviour has changed"
PYTHON
