// The ids that Hugging Face's own library gives the texts of a file, a JSON string a line; an array of ids a line:
//   node hf_token_ids.mjs TOKENIZER.json OUT.jsonl TEXTS.jsonl
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";

const { Tokenizer } = createRequire(import.meta.url)("@anush008/tokenizers");

const [file, out, texts] = process.argv.slice(2);
const tokenizer = Tokenizer.fromFile(file);
const lines = readFileSync(texts, "utf-8").split("\n").filter((line) => line !== "");
const encodings = await tokenizer.encodeBatch(lines.map((line) => JSON.parse(line)), { addSpecialTokens: false });
writeFileSync(out, encodings.map((encoding) => JSON.stringify(encoding.getIds()) + "\n").join(""));
