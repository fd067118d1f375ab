// Makes a LanceDB table of a corpus and its vectors: node lancedb_table.mjs FOLDER TABLE CORPUS.jsonl VECTORS.npy [PARTITIONS SUBVECTORS]. The last two are of an IVF_PQ index for
// cosine distance; without them there is none.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as lancedb from "@lancedb/lancedb";

const [folder, name, corpus, vectors, partitions, subvectors] = process.argv.slice(2);

// .npy version 1, as numpy.lib.format says: magic, version, length of the header, header, rows of little-endian float32.
const file = readFileSync(vectors);
const start = 10 + file.readUInt16LE(8);
const [, n, dimension] = file.toString("latin1", 10, start).match(/'<f4'.*\((\d+), (\d+)\)/).map(Number);

const lines = readFileSync(corpus, "utf8").trimEnd().split("\n");
if (lines.length !== n) throw new Error(`${lines.length} documents for ${n} vectors`);
const rows = lines.map((line, i) => ({
	id: JSON.parse(line)._id,
	vector: Array.from({ length: dimension }, (_, j) => file.readFloatLE(start + 4 * (i * dimension + j))),
}));

const table = await (await lancedb.connect(resolve(folder))).createTable(name, rows, { mode: "overwrite" });
if (partitions !== undefined) {
	const config = lancedb.Index.ivfPq({ numPartitions: Number(partitions), numSubVectors: Number(subvectors), distanceType: "cosine" });
	await table.createIndex("vector", { config });
}
