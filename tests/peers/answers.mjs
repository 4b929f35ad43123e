// What packages of npm say of changes: node answers.mjs < CHANGES. Each is {schemas, request, response}, pairs of an old and a new one; printed is,
// by package, for each change, whether the request and the response stay compatible for a consumer, or null where the package gives no answer.
import {readFileSync} from 'node:fs'
import {apiCompare} from 'api-smart-diff'
import jsonSchemaDiff from 'json-schema-diff'
import openapiDiff from 'openapi-diff'

const spec = (document, location) => ({content: JSON.stringify({...document, openapi: '3.0.3'}), location, format: 'openapi3'})

async function openapi([before, after]) {
  const found = await openapiDiff.diffSpecs({sourceSpec: spec(before, 'old'), destinationSpec: spec(after, 'new')})
  return !found.breakingDifferencesFound
}

async function smart([before, after]) {
  return !apiCompare(before, after).diffs.some(one => one.type === 'breaking')
}

async function schemas([sourceSchema, destinationSchema], side) {
  const found = await jsonSchemaDiff.diffSchemas({sourceSchema, destinationSchema})
  return side === 'request' ? !found.removalsFound : !found.additionsFound
}

const asked = {
  'openapi-diff 0.24.1': (change, side) => openapi(change[side]),
  'api-smart-diff 1.0.6': (change, side) => smart(change[side]),
  'json-schema-diff 1.0.0': (change, side) => schemas(change.schemas, side),
}
const changes = JSON.parse(readFileSync(0, 'utf8'))
const told = {}
for (const [name, ask] of Object.entries(asked)) {
  told[name] = []
  for (const change of changes) {
    const answers = []
    for (const side of ['request', 'response']) answers.push(await ask(change, side).catch(() => null))
    told[name].push(answers)
  }
}
console.log(JSON.stringify(told))
