// node check_schema.mjs SCHEMA FILE: is the JSON file what the JSON Schema describes? Drafts 7 (and 4, which SARIF's says it is) and 2020-12.
import { readFileSync } from 'node:fs'
import addFormats from 'ajv-formats'
import Ajv from 'ajv'
import Ajv2020 from 'ajv/dist/2020.js'

const [schemaPath, path] = process.argv.slice(2)
const schema = JSON.parse(readFileSync(schemaPath, 'utf8'))
const newer = String(schema.$schema).includes('2020-12')
delete schema.$schema
delete schema.id // draft 4 spells $id so
const ajv = new (newer ? Ajv2020 : Ajv)({ allErrors: true, strict: false, unicodeRegExp: false }) // SARIF's patterns are of before the flag u
addFormats(ajv)
const validate = ajv.compile(schema)
if (!validate(JSON.parse(readFileSync(path, 'utf8')))) {
  for (const error of validate.errors.slice(0, 20)) console.error(`${path}: ${error.instancePath || '/'} ${error.message} ${JSON.stringify(error.params)}`)
  process.exit(1)
}
