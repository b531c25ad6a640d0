"""What must not be in a notebook that ran: errors, warnings, figures that show nothing."""
import base64
import re
import struct
import zlib
from collections import Counter

# What figures say in letters of a mark that has nothing to draw; it finds one empty panel among others.
NOTHING = re.compile(r"^(0 points\b.*|no bars|.*\bno data|an empty (matrix|figure)\.?)$", re.I | re.M)
# Of 255: greys of axes and type differ less in red, green and blue; the palette's colours differ by 37 and more.
COLOURED = 28
# In pixels: no stroke of type, axes or grids fills a square of this side, neither does the dot of a decimal point.
SOLID = 8
# A mark covers more than this share of its figure; one dot of a scatter plot covers 0.00027.
LEAST = 0.0001


def decoded(png):
    """Width, height and rows of pixels of a PNG as Contrast writes it: 8 bits, RGB or RGBA, rows without filters.
    Each row is its red, green, blue (and alpha) bytes apart."""
    if png[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("not a PNG file")
    place, data = 8, b""
    while place < len(png):
        [length] = struct.unpack(">I", png[place:place + 4])
        kind, content = png[place + 4:place + 8], png[place + 8:place + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colours, _, _, interlace = struct.unpack(">IIBBBBB", content)
        elif kind == b"IDAT":
            data += content
        place += length + 12
    if depth != 8 or colours not in (2, 6) or interlace:
        raise ValueError("a PNG that is not 8 bits RGB or RGBA in plain rows")
    channels = 3 if colours == 2 else 4
    data, stride = zlib.decompress(data), 1 + channels * width
    rows = [data[start:start + stride] for start in range(0, stride * height, stride)]
    if any(row[0] for row in rows):
        raise ValueError("a PNG with filtered rows")
    return width, height, [[row[1 + channel::channels] for channel in range(channels)] for row in rows]


def share_of_marks(png):
    """The share of pixels that belong to marks or pictures rather than to background, axes, grids and type:
    pixels with a colour, and those of filled squares that are not background."""
    width, height, rows = decoded(png)
    colours = Counter(pixel for row in rows for pixel in zip(*row))
    [(background, _)] = colours.most_common(1)
    del colours[background]
    coloured = sum(count for (red, green, blue, *alpha), count in colours.items()
                   if max(red, green, blue) - min(red, green, blue) > COLOURED and alpha != [0])
    # Each row as one integer with a byte a pixel, 1 where it is not background: squares are found by shifts.
    masks = []
    for row in rows:
        mask = 0
        for channel, value in zip(row, background):
            table = bytes(value != other for other in range(256))
            mask |= int.from_bytes(channel.translate(table), "little")
        masks.append(mask)
    solid = 0
    for top in range(height - SOLID + 1):
        column = masks[top]
        for mask in masks[top + 1:top + SOLID]:
            column &= mask
        square = column
        for step in range(1, SOLID):
            square &= column >> 8 * step
        solid += square.bit_count()
    return max(coloured, solid) / (width * height)


def is_empty(png, text=""):
    """Whether a figure shows nothing: its own words say so, or nothing but background, axes and type is drawn."""
    return bool(NOTHING.search(text)) or share_of_marks(png) < LEAST


def problems(cell):
    """What is wrong with the outputs of a cell, in words."""
    for output in cell.outputs:
        if output.output_type == "error":
            yield f"an error: {output.ename}: {output.evalue}"
        elif output.output_type == "stream":
            if output.name == "stderr":
                yield f"a warning: {output.text.strip()}"
        elif "image/png" in output.data:
            text = output.data.get("text/plain", "").strip()
            try:
                if is_empty(base64.b64decode(output.data["image/png"]), text):
                    said = NOTHING.search(text)
                    yield f"an empty figure: {said.group() if said else text}"
            except (ValueError, struct.error, zlib.error, UnboundLocalError) as error:
                yield f"a figure that cannot be read: {error}"
