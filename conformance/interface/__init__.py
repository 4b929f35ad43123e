"""An interface as its documents state it: operations, schemas, and where its wire keeps things.

openapi     an OpenAPI document → operations
schema      the one seam to the validators of JSON Schema
contract    what an operation declares for an answer, a body or a parameter
dialect     items, next pages, totals, problems, tags and clocks on the wire
"""
