// DuckDB as the tests need it: node duckdb.mjs -c SQL runs a statement, as DuckDB's own program does; node duckdb.mjs FILE.parquet COLUMN OUT writes a column of
// lists as float32, nothing between.
import { writeFileSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";

const [file, column, out] = process.argv.slice(2);
const connection = await (await DuckDBInstance.create(":memory:")).connect();
if (file === "-c") {
	await connection.run(column);
} else {
	const reader = await connection.runAndReadAll(`SELECT "${column}" FROM '${file.replaceAll("'", "''")}'`);
	writeFileSync(out, Float32Array.from(reader.getRowsJS().flat(2)));
}
