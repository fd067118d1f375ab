// node check_otlp.mjs trace|metrics FILE: is each line what OTLP's JSON mapping makes of the published .proto files? More strictly than a receiver,
// which leaves fields alone that it does not know: each must be one, spelt in camel case, of its type; ids in hexadecimal digits, enums as integers,
// 64-bit integers as decimal strings.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import protobuf from 'protobufjs'

const [signal, path] = process.argv.slice(2)
const folder = join(dirname(createRequire(import.meta.url).resolve('@opentelemetry/otlp-grpc-exporter-base/package.json')), 'build/protos')
const root = new protobuf.Root()
root.resolvePath = (origin, target) => join(folder, target)
root.loadSync(`opentelemetry/proto/collector/${signal}/v1/${signal}_service.proto`)
const names = { trace: 'ExportTraceServiceRequest', metrics: 'ExportMetricsServiceRequest' }
const request = root.lookupType(`opentelemetry.proto.collector.${signal}.v1.${names[signal]}`)
const idBytes = { traceId: 16, spanId: 8, parentSpanId: 8 }

function fail(where, what) {
  throw new Error(`${path}: ${where}: ${what}`)
}

function integer(text, where, lowest, highest) {
  if (typeof text !== 'string' || !/^(0|-?[1-9][0-9]*)$/.test(text) || BigInt(text) < lowest || BigInt(text) > highest)
    fail(where, `${JSON.stringify(text)} is no string of a 64-bit integer`)
}

const scalars = {
  string: (value, where) => typeof value === 'string' || fail(where, 'expected a string'),
  bool: (value, where) => typeof value === 'boolean' || fail(where, 'expected true or false'),
  double: (value, where) => typeof value === 'number' || ['NaN', 'Infinity', '-Infinity'].includes(value) || fail(where, 'expected a number'),
  uint32: (value, where) => (Number.isInteger(value) && value >= 0 && value < 2 ** 32) || fail(where, 'expected an integer'),
  int32: (value, where) => (Number.isInteger(value) && Math.abs(value) <= 2 ** 31) || fail(where, 'expected an integer'),
  int64: (value, where) => integer(value, where, -(2n ** 63n), 2n ** 63n - 1n),
  uint64: (value, where) => integer(value, where, 0n, 2n ** 64n - 1n),
}
Object.assign(scalars, { sint32: scalars.int32, sfixed64: scalars.int64, fixed64: scalars.uint64, fixed32: scalars.uint32 })

function checkValue(field, value, where) {
  const type = field.resolve().resolvedType
  if (type instanceof protobuf.Type) return checkMessage(type, value, where)
  if (type instanceof protobuf.Enum) return Object.values(type.values).includes(value) || fail(where, `${JSON.stringify(value)} is no ${type.name}`)
  if (field.type !== 'bytes') return scalars[field.type](value, where)
  if (!idBytes[field.name]) fail(where, 'bytes that are no id')
  if (!new RegExp(`^[0-9a-f]{${2 * idBytes[field.name]}}$`).test(value) || /^0*$/.test(value)) fail(where, `${value} is no id`)
}

function checkMessage(type, value, where) {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) fail(where, 'expected an object')
  for (const [key, member] of Object.entries(value)) {
    const field = type.fields[key] // protobufjs spells fields in camel case, as JSON does
    if (!field) fail(where, `${type.name} has no field ${key}`)
    if (!field.repeated) checkValue(field, member, `${where}.${key}`)
    else if (!Array.isArray(member)) fail(`${where}.${key}`, 'expected an array')
    else member.forEach((item, i) => checkValue(field, item, `${where}.${key}[${i}]`))
  }
  for (const oneof of type.oneofsArray)
    if (oneof.oneof.filter((name) => name in value).length > 1) fail(where, `more than one of ${oneof.oneof}`)
  if (type.name === 'HistogramDataPoint') checkHistogram(value, where)
}

function checkHistogram(point, where) {
  const sum = point.bucketCounts.reduce((all, count) => all + BigInt(count), 0n)
  if (point.bucketCounts.length !== point.explicitBounds.length + 1) fail(where, 'as many counts as bounds, and one more')
  if (sum !== BigInt(point.count)) fail(where, `the counts add up to ${sum}, not to ${point.count}`)
  if (point.explicitBounds.some((bound, i) => i > 0 && bound <= point.explicitBounds[i - 1])) fail(where, 'bounds must rise')
}

const lines = readFileSync(path, 'utf8').split('\n')
if (lines.pop() !== '' || lines.length === 0) fail('line 1', 'expected lines, each with its end')
lines.forEach((line, i) => checkMessage(request, JSON.parse(line), `line ${i + 1}`))
