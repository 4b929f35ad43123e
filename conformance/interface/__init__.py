"""An interface as its documents state it: operations, schemas, and where its wire keeps things.

openapi     an OpenAPI document → operations
schema      the one seam to the validators of JSON Schema
dialect     items, next pages, totals, problems, tags and clocks on the wire
"""
