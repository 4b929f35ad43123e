"""An interface as its documents state it: operations, schemas, and where its wire keeps things. Each has one home; nobody else looks it up.

references  where a `$ref` leads, and what may stand beside it
bundling    several files → one document that refers only to itself
openapi     an OpenAPI document → operations
directions  schemas by direction: `readOnly`, `writeOnly`
schema      the one seam to the validators of JSON Schema
contract    what an operation declares for an answer, a body or a parameter
dialect     items, next pages, totals, problems, tags and clocks on the wire
pages       which exchanges are one traversal: who led to whom
"""
