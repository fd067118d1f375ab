// Three ways to ask for embeddings, as OpenAI, text-embeddings-inference and Ollama speak them: what a request says, what an answer looks like.
import { DIMENSION, LIMIT } from "./model.mjs";

export const MODEL = "use-lite";

/** A request that is refused: status and body as the service in question words it. */
export class Refusal extends Error {
	constructor(status, body) {
		super(JSON.stringify(body));
		this.status = status;
	}
}

function list(input, refuse) {
	const texts = typeof input === "string" ? [input] : input;
	if (!Array.isArray(texts) || texts.length === 0 || texts.some((text) => typeof text !== "string"))
		throw refuse(400, "expected a text or a list of texts");
	if (texts.includes(""))
		throw refuse(400, "an input is an empty string");
	return texts;
}

/** One vector as JSON; `item.number` stands in place of its first number where a fault wants it. */
function numbers(item) {
	const shown = Array.from(item.vector, String);
	if (item.number !== undefined)
		shown[0] = item.number;
	return `[${shown.join(",")}]`;
}

function base64(item) {
	const vector = Float32Array.from(item.vector);
	if (item.number !== undefined)
		vector[0] = Number(item.number.replace("null", "NaN"));
	return JSON.stringify(Buffer.from(vector.buffer).toString("base64"));
}

const read = (items) => items.reduce((sum, item) => sum + Math.min(item.tokens, LIMIT), 0);

const openai = {
	refusal: (status, message, code = null) => new Refusal(status, { error: { message, type: "invalid_request_error", param: null, code } }),
	texts(body) {
		for (const key of Object.keys(body))
			if (!["model", "input", "encoding_format", "dimensions", "user"].includes(key))
				throw openai.refusal(400, `Unrecognized request argument supplied: ${key}`);
		if (body.model !== MODEL)
			throw openai.refusal(404, `The model \`${body.model}\` does not exist`, "model_not_found");
		if (body.dimensions !== undefined && body.dimensions !== DIMENSION)
			throw openai.refusal(400, "This model does not support specifying dimensions.");
		if (body.input?.length > 2048)
			throw openai.refusal(400, "'input' array too long. Expected at most 2048.");
		return list(body.input, openai.refusal);
	},
	answer(body, items, model) {
		const write = body.encoding_format === "base64" ? base64 : numbers;
		const data = items.map((item) => `{"object":"embedding","index":${item.index},"embedding":${write(item)}}`);
		return `{"object":"list","data":[${data.join(",")}],"model":${JSON.stringify(model)},"usage":{"prompt_tokens":${read(items)},"total_tokens":${read(items)}}}`;
	},
};

const tei = {
	batch: 32,
	refusal: (status, message) => new Refusal(status, { error: message, error_type: "Validation" }),
	texts(body) {
		const texts = list(body.inputs, tei.refusal);
		if (texts.length > tei.batch)
			throw tei.refusal(413, `batch size ${texts.length} > maximum allowed batch size ${tei.batch}`);
		return texts;
	},
	check(body, items) {
		const long = items.find((item) => item.tokens > LIMIT);
		if (body.truncate === false && long !== undefined)
			throw tei.refusal(413, `Input validation error: \`inputs\` must have less than ${LIMIT} tokens. Given: ${long.tokens}`);
	},
	answer: (_, items) => `[${items.map(numbers).join(",")}]`,
	info: (sha) => ({
		model_id: `energetic-ai/${MODEL}`, model_sha: sha.slice(0, 40), model_dtype: "float32", model_type: { embedding: { pooling: "mean" } }, max_concurrent_requests: 512,
		max_input_length: LIMIT, max_batch_tokens: 16384, max_batch_requests: null, max_client_batch_size: tei.batch, auto_truncate: true, tokenization_workers: 2, version: "1.7.2",
		sha: null, docker_label: null,
	}),
};

const ollama = {
	refusal: (status, error) => new Refusal(status, { error }),
	texts(body) {
		if (body.model !== MODEL && body.model !== `${MODEL}:latest`)
			throw ollama.refusal(404, `model "${body.model}" not found, try pulling it first`);
		return list(body.input, ollama.refusal);
	},
	check(body, items) {
		if (body.truncate === false && items.some((item) => item.tokens > LIMIT))
			throw ollama.refusal(400, "input length exceeds maximum context length");
	},
	answer: (_, items, model) => `{"model":${JSON.stringify(model)},"embeddings":[${items.map(numbers).join(",")}],"total_duration":1,"load_duration":1,"prompt_eval_count":${read(items)}}`,
	tags: (sha) => ({
		models: [{
			name: `${MODEL}:latest`, model: `${MODEL}:latest`, modified_at: "2024-01-01T00:00:00Z", size: 27903656, digest: sha,
			details: { parent_model: "", format: "tfjs", family: "use", families: ["use"], parameter_size: "6.98M", quantization_level: "F32" },
		}],
	}),
	show: () => ({
		details: { parent_model: "", format: "tfjs", family: "use", families: ["use"], parameter_size: "6.98M", quantization_level: "F32" },
		model_info: { "general.architecture": "use", "use.context_length": LIMIT, "use.embedding_length": DIMENSION }, capabilities: ["embedding"],
	}),
};

/** Path -> protocol, for POST. */
export const embedding = { "/v1/embeddings": openai, "/embed": tei, "/api/embed": ollama };

/** Method and path -> answer, of the digest that the service tells. */
export const about = {
	"GET /health": () => ({}),
	"GET /info": tei.info,
	"GET /api/tags": ollama.tags,
	"POST /api/show": ollama.show,
};
