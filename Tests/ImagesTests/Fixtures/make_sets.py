"""Makes small data sets as their publishers' and NumPy's own programs leave them, under Fixtures/sets: python make_sets.py

Needs numpy. Pixels follow `pixel` below, which DataSetTests computes as well, so nothing else says what they should be.

CIFAR-10's official Python files were written by Python 2's cPickle, whose instructions for text Python 3 cannot write: `python2` puts them
together as `pickletools.dis` shows them in the official files, and what it makes is read back here by Python's own pickle. CIFAR-100's are
written by this Python's pickle.
"""
import pathlib
import pickle
import struct

import numpy as np

SETS = pathlib.Path(__file__).resolve().parent / "sets"


def pixel(image, row, column, channel):
    return (7 * image + 3 * row + 5 * column + 11 * channel) % 256


def images(count, size, first=0, channels=3):
    grid = np.indices((count, size, size, channels))
    values = pixel(grid[0] + first, grid[1], grid[2], grid[3]).astype(np.uint8)
    return values if channels == 3 else values[..., 0]


def planes(pictures):
    return pictures.transpose(0, 3, 1, 2).reshape(len(pictures), -1)


def python2(members):
    """A dictionary of texts, lists of numbers or texts, and arrays of bytes, as cPickle of Python 2 writes it with protocol 2."""
    memo = 0

    def put():
        nonlocal memo
        memo += 1
        return b"q" + bytes([memo])

    def text(value):
        raw = value.encode("latin1")
        return (b"U" + bytes([len(raw)]) if len(raw) < 256 else b"T" + struct.pack("<i", len(raw))) + raw

    def number(value):
        return b"K" + bytes([value]) if value < 256 else b"M" + struct.pack("<H", value)

    def value(member):
        if isinstance(member, str):
            return text(member) + put()
        if isinstance(member, list):
            items = b"".join(number(item) if isinstance(item, int) else text(item) + put() for item in member)
            return b"]" + put() + b"(" + items + b"e"
        start = b"cnumpy.core.multiarray\n_reconstruct\n" + put() + b"cnumpy\nndarray\n" + put() + b"K\x00\x85U\x01b\x87R" + put()
        kind = (b"cnumpy\ndtype\n" + put() + b"U\x02u1K\x00K\x01\x87R" + put()
                + b"(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb")
        raw = member.tobytes()
        shape = number(member.shape[0]) + number(member.shape[1]) + b"\x86"
        return start + b"(K\x01" + shape + kind + b"\x89T" + struct.pack("<i", len(raw)) + raw + b"tb"

    body = b"".join(text(name) + put() + value(member) for name, member in members.items())
    return b"\x80\x02}" + put() + b"(" + body + b"u."


def main():
    batches = SETS / "cifar-10-batches-py"
    batches.mkdir(parents=True, exist_ok=True)
    names = [f"data_batch_{number}" for number in range(1, 6)] + ["test_batch"]
    for part, name in enumerate(names):
        data = planes(images(2, 32, first=2 * part))
        made = python2({"batch_label": f"part {part}", "labels": [part, 9 - part], "data": data, "filenames": ["a.png", "b.png"]})
        read = pickle.loads(made, encoding="latin1")
        assert read["labels"] == [part, 9 - part] and (read["data"] == data).all()
        (batches / name).write_bytes(made)

    hundred = SETS / "cifar-100-python"
    hundred.mkdir(exist_ok=True)
    for name, count, protocol in [("train", 3, 4), ("test", 2, 5)]:
        members = {"filenames": ["a.png"] * count, "batch_label": name, "fine_labels": [0, 99, 1][:count],
                   "coarse_labels": [0, 19, 1][:count], "data": planes(images(count, 32, first=count))}
        # Protocol 5 without buffers of their own, as pickle.dump has it.
        (hundred / name).write_bytes(pickle.dumps(members, protocol=protocol))
    meta = {"fine_label_names": [f"fine {n}" for n in range(100)], "coarse_label_names": [f"coarse {n}" for n in range(20)]}
    (hundred / "meta").write_bytes(pickle.dumps(meta, protocol=3))

    np.savez_compressed(
        SETS / "medmnist.npz", train_images=images(12, 8, channels=1), train_labels=(np.arange(12, dtype=np.uint8) % 2)[:, None],
        val_images=images(2, 8, first=12, channels=1), val_labels=np.array([[0], [1]], dtype=np.uint8),
        test_images=images(3, 8, first=14, channels=1), test_labels=np.array([[1], [0], [1]], dtype=np.uint8))
    np.savez(SETS / "keras.npz", y_train=np.array([5, 3, 5], dtype=np.int64), x_train=images(3, 8),
             y_test=np.array([3, 7], dtype=">i2"), x_test=images(2, 8, first=3))
    np.save(SETS / "images.npy", images(10, 8))
    np.save(SETS / "labels.npy", (np.arange(10) // 5).astype(np.float32))
    np.save(SETS / "columns.npy", np.asfortranarray(images(10, 8)))
    np.save(SETS / "numbers.npy", images(10, 8) / 255)
    np.savez(SETS / "other.npz", weights=np.zeros(3), names=np.array(["a"]))


if __name__ == "__main__":
    main()
