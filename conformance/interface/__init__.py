"""An interface as its documents state it: operations, schemas, and where its wire keeps things. Each has one home; nobody else looks it up.

references  where a `$ref` leads, and what may stand beside it
bundling    several files → one document that refers only to itself
servers     where below the base URL of a run the paths of an operation begin
openapi     an OpenAPI document → operations
sending     values of parameters as they travel, and what the document states for them
directions  schemas by direction: `readOnly`, `writeOnly`
reach       what a schema needs of its document
compiled    the one seam to the validators of JSON Schema: schemas compiled together, asked of two opinions
opinion     the second of them, asked when the first finds something; stated and ecma are its formats and patterns
schema      whether a document is valid, what is wrong with it, and whether a schema can be used
contract    what an operation declares for an answer, a body or a parameter
bodies      documents as request bodies: JSON, forms, texts, and back
security    security schemes, and which of them each operation needs
dialect     items, next pages, totals, problems, tags and clocks on the wire
expressions what the links of a document say of an exchange
pages       which exchanges are one traversal: who led to whom
"""
