"""Texts that came from elsewhere, read by their grammar. Nothing here knows what a text is about.

strictjson  JSON as RFC 8259 has it
handed      files handed to us, and how ours are written
layout      a body as a reader wants it, line by line
pointer     JSON Pointers
fields      header fields: lists, parameters, entity tags, dates, links
media       media types and ranges of them
instants    dates and times of RFC 3339
shown       texts from outside, made fit to be shown
urls        how a reference is resolved, and which URLs are one
"""
