#!/usr/bin/env python3
"""Makes transforms.json and files.json beside it: python3 make_fixtures.py [transforms] [files], both where none is named.

Needs numpy and Pillow, transforms.json also torch and torchvision.

transforms.json: one small picture and what torchvision's float transforms make of it with fixed parameters.
files.json: small JPEG and PNG files of many kinds, in base64, and the RGB bytes that they hold.
"""
import base64
import io
import json
import pathlib
import struct
import sys

import numpy as np
from PIL import Image, ImageOps, PngImagePlugin

HERE = pathlib.Path(__file__).resolve().parent
SIDE = 9


def picture() -> np.ndarray:
    """Random bytes, with greys, pure colours, black, white and equal channels in the first rows."""
    bytes_ = np.random.RandomState(7).randint(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)
    bytes_[0] = [[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 0], [0, 255, 255],
                 [255, 0, 255], [128, 128, 128]]
    bytes_[1, :3] = [[90, 90, 10], [10, 90, 90], [90, 10, 90]]
    return bytes_


def transforms() -> dict:
    import torch
    import torchvision
    from torchvision.transforms.v2 import functional as F

    source = picture()
    x = torch.from_numpy(source.transpose(2, 0, 1).copy()).float() / 255

    def numbers(tensor: "torch.Tensor") -> list:
        return [float(f"{v:.7g}") for v in tensor.permute(1, 2, 0).reshape(-1).tolist()]

    cases = []

    def add(kind: str, output: "torch.Tensor", **parameters) -> None:
        cases.append({"kind": kind, "parameters": parameters, "side": output.shape[-1], "output": numbers(output)})

    for top, left, height, width, side in [(0, 0, 9, 9, 9), (1, 2, 5, 4, 9), (3, 0, 2, 7, 8), (0, 0, 9, 9, 4),
                                           (2, 1, 7, 8, 3), (4, 4, 1, 1, 5), (0, 3, 9, 3, 6)]:
        out = F.resized_crop(x, top, left, height, width, [side, side], antialias=True)
        add("crop", out, top=top, left=left, height=height, width=width)
    for factor in (0.6, 1.4):
        add("brightness", F.adjust_brightness(x, factor), factor=factor)
        add("contrast", F.adjust_contrast(x, factor), factor=factor)
        add("saturation", F.adjust_saturation(x, factor), factor=factor)
    for factor in (-0.1, 0.25, 0.5, -0.5):
        add("hue", F.adjust_hue(x, factor), factor=factor)
    add("grey", F.rgb_to_grayscale(x, num_output_channels=3))
    for window, sigma in [(3, 0.1), (3, 2.0), (5, 0.7), (9, 1.5)]:
        add("blur", F.gaussian_blur(x, [window, window], [sigma, sigma]), window=window, sigma=sigma)
    return {"torch": torch.__version__, "torchvision": torchvision.__version__, "side": SIDE,
            "input": source.reshape(-1).tolist(), "cases": cases}


def files() -> dict:
    side = 8
    y, x = np.mgrid[0:side, 0:side] / (side - 1)
    smooth = np.stack([x, y, 1 - (x + y) / 2], axis=2)
    rgb = (smooth * 255).round().astype(np.uint8)
    grey = rgb[..., 0]
    image = Image.fromarray(rgb)
    entries = []

    def add(name: str, data: bytes, expected: np.ndarray, tolerance: int) -> None:
        entries.append({"name": name, "data": base64.b64encode(data).decode(), "width": expected.shape[1],
                        "height": expected.shape[0], "rgb": expected.reshape(-1).tolist(), "tolerance": tolerance})

    def saved(picture: Image.Image, kind: str, **options) -> bytes:
        out = io.BytesIO()
        picture.save(out, kind, **options)
        return out.getvalue()

    def decoded(data: bytes) -> np.ndarray:
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))

    add("png", saved(image, "PNG"), rgb, 0)
    add("png wide", saved(image.crop((0, 0, 8, 3)), "PNG"), rgb[:3], 0)
    add("png grey", saved(Image.fromarray(grey), "PNG"), np.stack([grey] * 3, 2), 0)
    add("png palette", *(lambda p: (saved(p, "PNG"), np.asarray(p.convert("RGB"))))(image.quantize(16)), 0)
    bits = grey > 127
    add("png one bit", saved(Image.fromarray(bits), "PNG"), np.stack([bits * np.uint8(255)] * 3, 2), 0)
    deep = (smooth[..., 0] * 65535).round().astype(np.uint16)
    add("png grey of 16 bits", saved(Image.fromarray(deep), "PNG"),
        np.stack([(deep / 257).round().astype(np.uint8)] * 3, 2), 1)
    alpha = np.where(x < 0.5, 255, 0).astype(np.uint8)
    half = (alpha // 2 + 64).astype(np.uint8)
    palette = image.quantize(16)
    gamma = PngImagePlugin.PngInfo()
    gamma.add(b"gAMA", struct.pack(">I", 100000))
    for name, data in [
        ("png transparent", saved(Image.fromarray(np.dstack([rgb, alpha])), "PNG")),
        ("png half transparent", saved(Image.fromarray(np.dstack([rgb, half])), "PNG")),
        ("png grey transparent", saved(Image.fromarray(np.dstack([grey, alpha]), "LA"), "PNG")),
        ("png palette transparent", saved(palette, "PNG", transparency=palette.getpixel((0, 0)))),
        ("png of a transparent colour", saved(image, "PNG", transparency=tuple(int(v) for v in rgb[0, 0]))),
        ("png with gamma", saved(image, "PNG", pnginfo=gamma)),
    ]:
        add(name, data, decoded(data), 0)
    for name, data in [
        ("jpeg", saved(image, "JPEG", quality=95, subsampling=0)),
        ("jpeg with half the colour", saved(image, "JPEG", quality=90)),
        ("jpeg progressive", saved(image, "JPEG", quality=95, subsampling=0, progressive=True)),
        ("jpeg grey", saved(Image.fromarray(grey), "JPEG", quality=95)),
    ]:
        add(name, data, decoded(data), 2)
    inks = saved(image.convert("CMYK"), "JPEG", quality=95)
    add("jpeg of inks", inks, decoded(inks), 3)
    for orientation in range(2, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = saved(image.crop((0, 0, 8, 5)), "JPEG", quality=95, subsampling=0, exif=exif)
        turned = {2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
                  4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270,
                  7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_90}[orientation]
        add(f"jpeg of orientation {orientation}", data,
            np.asarray(Image.open(io.BytesIO(data)).convert("RGB").transpose(turned)), 2)
    for orientation in range(2, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = saved(image.crop((0, 0, 8, 5)), "PNG", exif=exif)
        upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
        add(f"png of orientation {orientation}", data, np.asarray(upright), 0)
    return {"files": entries}


def write(name: str, value: dict) -> None:
    (HERE / name).write_text(json.dumps(value, separators=(",", ":")) + "\n")


for kind in sys.argv[1:] or ["transforms", "files"]:
    write(f"{kind}.json", {"transforms": transforms, "files": files}[kind]())
