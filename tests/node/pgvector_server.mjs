// A real PostgreSQL with pgvector for tests: PGlite, which is PostgreSQL compiled to WebAssembly, in memory, behind a socket.
//
//   node pgvector_server.mjs [--csv FILE] [--table items] [--type vector] [--index none|hnsw|ivfflat] [--ops cosine|ip|l2] [--sql STATEMENT]...
//
// FILE is what COPY writes, with a header: id,"[1,0,0]" a line. Prints the connection string, one line, and ends when stdin closes. PGlite has one session for all connections:
// what one of them sets for the session the others see.
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { PGlite } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'

const { values: options } = parseArgs({
  options: {
    csv: { type: 'string' },
    table: { type: 'string', default: 'items' },
    type: { type: 'string', default: 'vector' },
    index: { type: 'string', default: 'none' },
    ops: { type: 'string', default: 'cosine' },
    sql: { type: 'string', multiple: true, default: [] },
    port: { type: 'string', default: '0' },
  },
})

const db = await PGlite.create({ extensions: { vector } })
await db.exec('CREATE EXTENSION vector')
if (options.csv !== undefined) {
  const csv = await readFile(options.csv)
  const [, first] = csv.toString('utf8').split('\n', 2)
  const dimension = first.slice(first.indexOf('"')).split(',').length
  const { table, type, index, ops } = options
  await db.exec(`CREATE TABLE ${table} (id text PRIMARY KEY, embedding ${type}(${dimension}))`)
  await db.query(`COPY ${table} FROM '/dev/blob' WITH (FORMAT csv, HEADER)`, [], { blob: new Blob([csv]) })
  if (index !== 'none') await db.exec(`CREATE INDEX ${table}_embedding_idx ON ${table} USING ${index} (embedding ${type}_${ops}_ops)`)
  await db.exec(`ANALYZE ${table}`)
}
for (const statement of options.sql) await db.exec(statement)

const server = new PGLiteSocketServer({ db, host: '127.0.0.1', port: Number(options.port), maxConnections: 16 })
server.addEventListener('listening', ({ detail: { port } }) => console.log(`postgresql://postgres:postgres@127.0.0.1:${port}/postgres?sslmode=disable`))
await server.start()
process.stdin.resume().on('end', () => process.exit(0))
