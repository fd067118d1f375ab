// Serves a real model behind three protocols (protocols.mjs), with faults on request (faults.mjs):
//   node embedding_server.mjs     prints its port, answers on 127.0.0.1, ends when stdin does
// With EMBEDDING_SERVER_KEY in the environment, requests need "Authorization: Bearer" and that key.
//   POST /faults [RULE, ...]      from here on these rules hold, and counting starts anew
//   GET /counts                   what came: requests, texts, texts sent again, most requests in flight ...
import { createServer } from "node:http";
import { Vectors } from "./model.mjs";
import { changed, Faults, instead, sent } from "./faults.mjs";
import { about, embedding, MODEL, Refusal } from "./protocols.mjs";

const key = process.env.EMBEDDING_SERVER_KEY;
const vectors = new Vectors();
const faults = new Faults();
let counts, asked, inFlight = 0;

function startCounting() {
	counts = { requests: 0, about: 0, texts: 0, again: 0, answered: 0, in_flight: 0, authorized: 0, unauthorized: 0, gone: 0, routes: {} };
	asked = new Set();
}

function count(route, texts) {
	counts.routes[route] ??= { requests: 0, texts: 0 };
	counts.routes[route].requests++;
	counts.routes[route].texts += texts.length;
	counts.texts += texts.length;
	for (const text of texts) {
		counts.again += asked.has(text) ? 1 : 0;
		asked.add(text);
	}
}

async function bodyOf(request) {
	const pieces = [];
	for await (const piece of request)
		pieces.push(piece);
	return Buffer.concat(pieces).toString("utf-8");
}

function say(response, status, text) {
	response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
	response.end(text);
}

function isAuthorized(request) {
	const right = key === undefined || request.headers.authorization === `Bearer ${key}`;
	counts[right ? "authorized" : "unauthorized"]++;
	return right;
}

const cut = (text, rules) => rules.filter((rule) => rule.fault === "truncate").reduce((left, rule) => left.split(" ").slice(0, rule.words).join(" "), text);

async function embed(protocol, route, request, response) {
	const text = await bodyOf(request);
	counts.requests++;
	const rules = faults.take(route);
	const body = JSON.parse(text);
	if (!isAuthorized(request))
		throw protocol.refusal(401, "Incorrect API key provided.", "invalid_api_key");
	const texts = protocol.texts(body);
	count(route, texts);
	const early = rules.find((rule) => instead[rule.fault] !== undefined);
	if (early !== undefined)
		return instead[early.fault](response, early, request);
	for (const rule of rules)
		if (rule.fault === "refuse" && texts.some((one) => one.includes(rule.word)))
			throw protocol.refusal(rule.status, rule.message ?? "the input is refused");
	const items = await Promise.all(texts.map(async (one, index) => ({ index, ...await vectors.of(cut(one, rules)) })));
	protocol.check?.(body, items);
	for (const rule of rules)
		changed[rule.fault]?.(items, rule);
	const answer = protocol.answer(body, items, rules.find((rule) => rule.fault === "model")?.model ?? body.model ?? MODEL);
	const late = rules.find((rule) => sent[rule.fault] !== undefined);
	if (late !== undefined)
		return sent[late.fault](response, answer, late);
	say(response, 200, answer);
	counts.answered += texts.length;
}

async function serve(request, response) {
	const route = new URL(request.url, "http://localhost").pathname;
	const protocol = request.method === "POST" ? embedding[route] : undefined;
	const described = about[`${request.method} ${route}`];
	if (protocol !== undefined)
		return embed(protocol, route, request, response);
	if (described !== undefined) {
		counts.about++;
		if (!isAuthorized(request))
			throw new Refusal(401, { error: "unauthorized" });
		return say(response, 200, JSON.stringify(described(faults.sha(vectors.digest))));
	}
	if (request.method === "GET" && route === "/counts")
		return say(response, 200, JSON.stringify(counts));
	if (request.method !== "POST" || route !== "/faults")
		throw new Refusal(404, { error: "404 page not found" });
	faults.set(JSON.parse(await bodyOf(request)));
	startCounting();
	say(response, 200, "{}");
}

startCounting();
const server = createServer((request, response) => {
	const counted = request.url !== "/counts" && request.url !== "/faults";
	counts.in_flight = Math.max(counts.in_flight, inFlight += counted ? 1 : 0);
	response.once("close", () => {
		inFlight -= counted ? 1 : 0;
		counts.gone += response.writableFinished ? 0 : 1;
	});
	serve(request, response).catch((error) => {
		if (!response.headersSent && !response.destroyed)
			say(response, error instanceof Refusal ? error.status : 500, error instanceof Refusal ? error.message : JSON.stringify({ error: String(error) }));
	});
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
