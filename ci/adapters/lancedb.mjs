// Searches a LanceDB table for rqgate's retriever "exec": topics in on stdin, hits out on stdout, one JSON object a line (evalcore/retriever/README.md).
//
//   node lancedb.mjs FOLDER TABLE [id=id] [vector=vector] [distance=cosine] [nprobes=20] [refine=10] [ef=64]
//
// `id` and `vector` name columns; distance is "cosine", "l2" or "dot". nprobes, refine and ef are those of LanceDB, left to it where they are not given.
// The package is the one that `npm install @lancedb/lancedb` has put into the folder where the command runs, or above it.
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";

const settings = { id: "id", vector: "vector", distance: "cosine", nprobes: "", refine: "", ef: "" };

function stop(sentence) {
	console.error(`lancedb.mjs: ${sentence}`);
	process.exit(64);
}

const [folder, name, ...given] = process.argv.slice(2);
if (name === undefined) stop("expected a folder and the name of a table in it");
for (const setting of given) {
	const [, key, value] = setting.match(/^(\w+)=(.+)$/) ?? stop(`"${setting}" is no setting; expected one like nprobes=20`);
	if (!(key in settings)) stop(`"${key}" is no setting; there is: ${Object.keys(settings).join(", ")}`);
	if (settings[key] === "" && !(Number(value) > 0)) stop(`${key}: "${value}" is not allowed; expected a number above 0`);
	settings[key] = value;
}

const lancedb = createRequire(join(process.cwd(), "package.json"))("@lancedb/lancedb");
const table = await (await lancedb.connect(folder.includes("://") ? folder : resolve(folder))).openTable(name);

function queryFor(vector, k) {
	const query = table.query().nearestTo(vector).column(settings.vector).distanceType(settings.distance).limit(k).select([settings.id, "_distance"]);
	if (settings.nprobes) query.nprobes(Number(settings.nprobes));
	if (settings.refine) query.refineFactor(Number(settings.refine));
	if (settings.ef) query.ef(Number(settings.ef));
	return query;
}

// What the plan of a query does, which depends on k alone: an index, named as LanceDB names it, or every row.
const scans = new Map();

async function scanOf(query, k) {
	if (scans.has(k)) return scans.get(k);
	const plan = await query.explainPlan(true);
	const used = plan.match(/ANNSubIndex: name=([^,\s]+)/)?.[1];
	const index = (await table.listIndices()).find((each) => each.name === used);
	const probes = plan.match(/minimum_nprobes=(\d+)/)?.[1];
	let scan = used === undefined ? "flat scan" : `${index?.indexType ?? "index"} ${used}`;
	if (probes !== undefined) scan += ` nprobes=${probes}`;
	if (used !== undefined && settings.refine) scan += ` refine=${settings.refine}`;
	if (index?.numUnindexedRows > 0) scan += `, flat scan of ${index.numUnindexedRows} rows that it lacks`;
	scans.set(k, scan);
	return scan;
}

async function answer({ topic, vector, k }) {
	try {
		const query = queryFor(vector, k);
		const scan = await scanOf(query, k);
		const start = performance.now();
		const rows = await query.toArray();
		const latency_ms = performance.now() - start;
		return { topic, hits: rows.map((row) => ({ id: String(row[settings.id]), score: -row._distance })), latency_ms, scan };
	} catch (error) {
		return { topic, error: error.message };
	}
}

for await (const line of createInterface({ input: process.stdin })) process.stdout.write(JSON.stringify(await answer(JSON.parse(line))) + "\n");
