"""Writes the HDF5 files of test_vectors_hdf5.c beside this script, with h5py (Debian: python3-h5py), compressed: python3 hdf5.py"""
import gzip
import pathlib
import tempfile

import h5py
import numpy as np

TRAIN = np.array([[i - j / 4 for j in range(3)] for i in range(5)])
TEST = TRAIN[:2] + 0.5
NEIGHBORS = np.array([[4, 3], [2, 1]])


def ann(file):
    """As ann-benchmarks does (ann_benchmarks/datasets.py, write_output)."""
    file.attrs["type"] = "dense"
    file.attrs["distance"] = "angular"
    file.attrs["dimension"] = 3
    file.attrs["point_type"] = "float"
    file.create_dataset("train", data=TRAIN.astype("f4"))
    file.create_dataset("test", data=TEST.astype("f4"))
    file.create_dataset("neighbors", data=NEIGHBORS.astype("i4"))
    file.create_dataset("distances", data=np.zeros((2, 2), "f4"))


def kinds(file):
    file.attrs["distance"] = np.bytes_("euclidean")
    for kind in ("f2", "f4", "f8", "i1", "u1", "i4", ">f4", ">f8", "i8", "u2"):
        file.create_dataset(kind, data=abs(TRAIN.round()).astype(kind))
    file.create_dataset("chunked", data=TRAIN, chunks=(1, 3))
    file.create_dataset("packed", data=TRAIN, compression="gzip")
    file.create_dataset("row", data=TRAIN[0])
    file.create_dataset("cube", data=np.zeros((2, 2, 2)))
    file.create_dataset("none", data=np.zeros((0, 3)))
    file.create_dataset("words", data=[["a", "b"]], dtype=h5py.string_dtype())
    file.create_group("group")


LARGE = np.array([[(i * 7 + j * 3) % 64 - 32 for j in range(19)] for i in range(41)])


def chunked(file):
    """41 x 19, so that the last chunk of each row and column hangs over."""
    file.create_dataset("train", data=LARGE.astype("f4"), compression="gzip")
    file.create_dataset("shuffled", data=LARGE.astype(">f8"), chunks=(8, 5), compression="gzip", compression_opts=9, shuffle=True)
    file.create_dataset("shuffle", data=LARGE.astype("f2"), chunks=(7, 19), shuffle=True)
    file.create_dataset("plain", data=LARGE.astype("i1"), chunks=(1, 1))
    file.create_dataset("grown", data=LARGE[:20].astype("f4"), chunks=(16, 8), maxshape=(None, 19), compression="gzip").resize(41, axis=0)
    file["grown"][20:] = LARGE[20:]
    file.create_dataset("checked", data=LARGE.astype("f4"), compression="gzip", fletcher32=True)
    file.create_dataset("lzf", data=LARGE.astype("f4"), compression="lzf")
    file.create_dataset("holes", shape=(41, 19), dtype="f4", chunks=(8, 19), compression="gzip")[:8] = LARGE[:8]


def many(file):
    for i in range(40):
        file.create_dataset(f"x{i}", data=TRAIN + i)


def write(name, fill, **options):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / name
        with h5py.File(path, "w", **options) as file:
            fill(file)
        packed = gzip.compress(path.read_bytes(), mtime=0)
    (pathlib.Path(__file__).parent / (name + ".gz")).write_bytes(packed)


write("ann.hdf5", ann)
write("latest.hdf5", ann, libver="latest")
write("kinds.hdf5", kinds)
write("chunked.hdf5", chunked)
write("many.hdf5", many)
write("many_latest.hdf5", many, libver="latest")
