"""Journeys 跨域串聯驗測: services that go across the interfaces of several domains, held to what each of them promises.

A journey is data: an Arazzo document in `specs/journeys/<version>/` says which operations of which interfaces are called in which order and
what is taken from one answer into the next request; rows beside it say what is to hold between the answers. Nothing here knows a domain.

    expressions   runtime expressions and conditions of Arazzo: pure
    documents     the documents and rows of a version, read strictly
    settings      whose targets a journey is run across: one yance.toml for each domain
    record        what came of a workflow: its steps, their exchanges and outputs
    course        a workflow as a pure script: it asks for requests and is handed exchanges
    checks        what may be demanded between the steps of a journey, one file for each behaviour
    judging       rows and a record → verdicts
    plan          what is to be run, against whom, in one document with a digest
    report        verdicts → the joint report
    conduct       the only I/O: wires, evidence, files
    attesting     the joint statement, signed and verified; everything computed again
"""
