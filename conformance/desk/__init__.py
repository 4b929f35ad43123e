"""The office's web console: a registry, seen and changed by signed-in persons with roles (extra `desk`).

settings      desk.toml: where things lie, who may do what, which keys sign
archives      an uploaded archive, opened into the files of one run and nothing else
uploads       what was uploaded, and how far it is
discreet      why a run is not taken, without a word of it
beside        verifying and publishing in a process of their own
work          one thing after another: verify, decide, publish
guard         host, size, policy, sessions: what stands before every page
desk          what every page knows; roles, forms, languages
pages         what is read
deeds         what changes something
signing_in    OpenID Connect
application   all of it as one ASGI application
provider      an identity provider for trying out, on loopback alone

Nothing here decides what a certificate is worth or who may approve what: `office` does, for the desk as for the command line.
"""
