#!/usr/bin/python3
"""Writes the files beside this script, as NumPy and the programs of big-ann-benchmarks write them (Debian: python3-numpy).

Row i, column j of every matrix of 5 x 3 is 3 i + j; of floats, a quarter of it less one.
"""
import os

import numpy as np

os.chdir(os.path.dirname(os.path.abspath(__file__)))
whole = np.arange(15).reshape(5, 3)
floats = whole / 4 - 1

for descr in ("<f2", "<f4", "<f8", ">f2", ">f4", ">f8"):
    np.save(("be-" if descr[0] == ">" else "") + descr[1:] + ".npy", floats.astype(descr))
for descr in ("|i1", "|u1", "<i4", ">i4"):
    np.save(("be-" if descr[0] == ">" else "") + descr[1:] + ".npy", whole.astype(descr))
np.save("fortran.npy", np.asfortranarray(floats.astype("<f4")))
np.save("fortran-be-f8.npy", np.asfortranarray(floats.astype(">f8")))
np.lib.format.write_array(open("version-2.npy", "wb"), floats.astype("<f4"), version=(2, 0))
np.lib.format.write_array(open("version-3.npy", "wb"), floats.astype("<f4"), version=(3, 0))

np.savez("stored.npz", vectors=floats.astype("<f4"), ids=np.array(["a", "b"]))
np.savez_compressed("deflated.npz", vectors=floats.astype("<f4"), ids=np.arange(5))
np.savez("several.npz", documents=floats.astype("<f4"), topics=whole[:2].astype("|i1"), more=np.arange(2))


def rows(name, matrix):
    with open(name, "wb") as file:
        for row in matrix:
            np.array([len(row)], dtype="<i4").tofile(file)
            row.tofile(file)


def matrix(name, *arrays):
    with open(name, "wb") as file:
        np.array(arrays[0].shape, dtype="<u4").tofile(file)
        for array in arrays:
            array.tofile(file)


rows("rows.fvecs", floats.astype("<f4"))
rows("rows.bvecs", whole.astype("|u1"))
rows("rows.ivecs", whole.astype("<i4"))
matrix("matrix.fbin", floats.astype("<f4"))
matrix("matrix.f16bin", floats.astype("<f2"))
matrix("matrix.u8bin", whole.astype("|u1"))
matrix("matrix.i8bin", whole.astype("|i1"))
matrix("matrix.ibin", whole.astype("<i4"))
matrix("matrix.bin", floats.astype("<f4"))
matrix("truth.ibin", whole.astype("<u4"), floats.astype("<f4"))
matrix("truth.bin", whole.astype("<u4"), floats.astype("<f4"))
with open("range.bin", "wb") as file:
    np.array([3, 4, 2, 0, 2, 7, 8, 9, 10], dtype="<u4").tofile(file)
    np.array([0.5, 1, 1.5, 2], dtype="<f4").tofile(file)
