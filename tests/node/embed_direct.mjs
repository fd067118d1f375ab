// Calls the model's package directly on every text of a .jsonl file, without any server:
//   node embed_direct.mjs FIELD FILE.jsonl OUT.npy ...  the vectors, float32, in the order of the file; for each pair of files
//                                                       FIELD may be several, as rqgate joins them: title,text
//   node embed_direct.mjs --again N FIELD FILE.jsonl    embeds N texts anew, spread over the file, and exits 1 where a kept vector differs in any bit
// Texts that are empty have no vector: a row of zeros.
import { readFileSync, writeFileSync } from "node:fs";
import { DIMENSION, load, Vectors } from "./model.mjs";

function texts(path, field) {
	const text = (record) => field.split(",").map((name) => record[name] ?? "").filter((value) => value !== "").join("\n");
	return readFileSync(path, "utf-8").split("\n").filter((line) => line !== "").map((line) => text(JSON.parse(line)));
}

function bytes(vector) {
	return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}

function npy(rows) {
	const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows.length}, ${DIMENSION}), }`.padEnd(117) + "\n";
	return Buffer.concat([Buffer.from("\x93NUMPY\x01\x00\x76\x00", "latin1"), Buffer.from(dict, "latin1"), ...rows.map(bytes)]);
}

async function again(count, field, path) {
	const embed = await load();
	const vectors = new Vectors();
	const all = texts(path, field).filter((text) => text !== "");
	for (let i = 0; i < count; i++) {
		const text = all[Math.floor(i * all.length / count)];
		if (!bytes((await embed(text)).vector).equals(bytes((await vectors.of(text)).vector))) {
			console.error(`another vector than the one that is kept in ${vectors.path}, for: ${text.slice(0, 60)}`);
			process.exit(1);
		}
	}
}

const args = process.argv.slice(2);
if (args[0] === "--again") {
	await again(Number(args[1]), args[2], args[3]);
} else {
	const vectors = new Vectors();
	for (let i = 1; i < args.length; i += 2) {
		const rows = await Promise.all(texts(args[i], args[0]).map((text) => text === "" ? new Float32Array(DIMENSION) : vectors.of(text).then(({ vector }) => vector)));
		writeFileSync(args[i + 1], npy(rows));
	}
	if (vectors.computed > 0)
		console.log(`${vectors.computed} texts embedded, the others known`);
}
process.exit(0);
