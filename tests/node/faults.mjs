// What can go wrong with a service, on request. A rule {"fault": NAME, ...} is for every request that asks for embeddings; with "skip": N not for the first N, with "times": N for N of
// them only, with "route": PATH only there. Faults damage or withhold the model's answers; no vector is made up.
import { setTimeout as wait } from "node:timers/promises";

function json(response, status, body, headers = {}) {
	response.writeHead(status, { "content-type": "application/json", ...headers });
	response.end(JSON.stringify(body));
}

function openaiError(message, type, code = null) {
	return { error: { message, type, param: null, code } };
}

/** Instead of an answer: (response, rule, request). */
export const instead = {
	/** "status", "retry_after" (seconds, or "date:2" for the date in two seconds), "retry_after_ms", "message" */
	status(response, rule) {
		const headers = {};
		if (rule.retry_after !== undefined)
			headers["retry-after"] = rule.retry_after.startsWith("date:") ? new Date(Date.now() + 1000 * Number(rule.retry_after.slice(5))).toUTCString() : rule.retry_after;
		if (rule.retry_after_ms !== undefined)
			headers["retry-after-ms"] = rule.retry_after_ms;
		json(response, rule.status, openaiError(rule.message ?? "Rate limit reached", "requests"), headers);
	},
	quota: (response) => json(response, 429, openaiError("You exceeded your current quota, please check your plan and billing details.", "insufficient_quota", "insufficient_quota"),
		{ "retry-after": "1" }),
	loading: (response) => json(response, 503, { error: { code: 503, message: "Loading model", type: "unavailable_error" } }),
	echo_key: (response, _, request) => json(response, 401, openaiError(`Incorrect API key provided: ${request.headers.authorization}.`, "invalid_request_error", "invalid_api_key"),
		{ "x-your-key": request.headers.authorization ?? "" }),
	redirect(response, rule, request) {
		response.writeHead(307, { location: rule.to ?? request.url });
		response.end();
	},
	/** Not JSON, though it says so. */
	garbage: (response, rule) => {
		response.writeHead(200, { "content-type": "application/json" });
		response.end(rule.body ?? '{"data": [{"index": 0, "embedding": [0.1, ');
	},
	html(response, rule) {
		response.writeHead(rule.status ?? 502, { "content-type": "text/html" });
		response.end("<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n");
	},
	/** Blanks, "bytes" of them: JSON may begin with any number. */
	async huge(response, rule) {
		response.writeHead(200, { "content-type": "application/json" });
		const block = Buffer.alloc(1 << 20, " ");
		for (let sent = 0; sent < rule.bytes && !response.destroyed; sent += block.length)
			if (!response.write(block))
				await new Promise((resolve) => response.once("drain", resolve).once("close", resolve));
		response.end();
	},
	/** Nothing at all. */
	silent: () => {},
};

/** To the answer's items, {index, vector, tokens} each, in the order of the texts. */
export const changed = {
	shuffle: (items) => items.reverse(),
	fewer: (items) => items.pop(),
	double: (items) => { items.at(-1).index = items[0].index; },
	/** "number": what stands in place of the last vector's first number: "NaN", "null", "1e999" */
	number: (items, rule) => { items.at(-1).number = rule.number; },
	dimension: (items) => items.forEach((item) => { item.vector = item.vector.subarray(0, item.vector.length / 2); }),
	/** Another model behind the same name: the numbers of each vector in reverse, which leaves texts as near to each other as they were. */
	reversed: (items) => items.forEach((item) => { item.vector = item.vector.slice().reverse(); }),
	/** One of them only. */
	uneven: (items) => { items.at(-1).vector = items.at(-1).vector.subarray(0, 100); },
};

/** The finished answer on its way: (response, text, rule). */
export const sent = {
	/** The connection is reset with half of the body sent. */
	reset(response, text) {
		response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
		response.write(text.slice(0, text.length / 2), () => response.socket.resetAndDestroy());
	},
	/** The connection ends with half of the body sent. */
	short(response, text) {
		response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
		response.write(text.slice(0, text.length / 2), () => response.socket.end());
	},
	async slow(response, text, rule) {
		await wait(rule.ms);
		json(response, 200, JSON.parse(text));
	},
	/** In "pieces", as chunks, "ms" between them. */
	async drip(response, text, rule) {
		const size = Math.ceil(text.length / rule.pieces);
		response.writeHead(200, { "content-type": "application/json" });
		for (let at = 0; at < text.length && !response.destroyed; at += size) {
			response.write(text.slice(at, at + size));
			await wait(rule.ms);
		}
		response.end();
	},
};

const others = [
	"refuse",   // a request with a text that holds "word": "status", "message"
	"truncate", // texts are cut to so many "words", silently
	"model",    // the answer names this "model"
	"sha",      // the service tells this "sha"; no matter how many requests
];

export class Faults {
	rules = [];

	/** Throws where a rule is unknown. */
	set(rules) {
		for (const rule of rules)
			if (![instead, changed, sent].some((table) => Object.hasOwn(table, rule.fault)) && !others.includes(rule.fault))
				throw new Error(`unknown fault "${rule.fault}"`);
		this.rules = rules.map((rule) => ({ skip: 0, times: Infinity, ...rule }));
	}

	/** The rules for this request; called once for each. */
	take(route) {
		const now = [];
		for (const rule of this.rules) {
			if (rule.fault === "sha" || (rule.route !== undefined && rule.route !== route))
				continue;
			if (rule.skip > 0)
				rule.skip--;
			else if (rule.times-- > 0)
				now.push(rule);
		}
		return now;
	}

	sha(real) {
		return this.rules.find((rule) => rule.fault === "sha")?.sha ?? real;
	}
}
