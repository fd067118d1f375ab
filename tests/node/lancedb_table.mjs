// Makes a LanceDB table of vectors: node lancedb_table.mjs FOLDER TABLE VECTORS.fvecs IDS [PARTITIONS SUBVECTORS]. With the last two it gets an IVF_PQ index for cosine distance.
import { readFileSync } from "node:fs";
import * as lancedb from "@lancedb/lancedb";

const [folder, name, vectors, ids, partitions, subvectors] = process.argv.slice(2);
const file = readFileSync(vectors);
const dimension = file.readInt32LE(0);
const rows = readFileSync(ids, "utf8").trimEnd().split("\n").map((id, i) => {
	const start = i * 4 * (dimension + 1) + 4;
	return { id, vector: Array.from({ length: dimension }, (_, j) => file.readFloatLE(start + 4 * j)) };
});
if (rows.length * 4 * (dimension + 1) !== file.length) throw new Error(`${rows.length} ids for ${file.length / 4 / (dimension + 1)} vectors`);

const table = await (await lancedb.connect(folder)).createTable(name, rows, { mode: "overwrite" });
if (partitions !== undefined) {
	const config = lancedb.Index.ivfPq({ numPartitions: Number(partitions), numSubVectors: Number(subvectors), distanceType: "cosine" });
	await table.createIndex("vector", { config });
}
