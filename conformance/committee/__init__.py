"""What a standards committee asks of a draft: what it changes and for whom, whether it is well written, what of it is tested.

diff       two versions of an interface → every change, with a verdict for who consumes it and for who is certified by it
pairing    which operations of the two are the same            members    what differs inside of a schema, member by member
requests   what is asked: parameters, bodies                   answers    what is answered: statuses, headers, bodies
security   who may ask                                         rows       requirements that came, went or changed
judging    sets of values → a judgement, with its proof or its witness
lint       a document examined by every rule              rules      the rules, found by being there
coverage   clause ↔ requirement ↔ check ↔ faults and variants ↔ operations ↔ profiles, and where that chain ends
changelog  a difference in words                       bundle     one document, and one of OpenAPI 3.0.3 that means the same
lifecycle  how far a version has come, and what it lacks to go on
impact     many recorded runs under a draft: who would still be certified   standing   its nouns
basis      what a draft changes for a vendor, by operation      inputs     what to send that nobody sent yet
selecting  what of a run has to be judged, and what stands as it was recorded
hearing    one run under a draft                                redriven   whether the draft's scripts ask what was recorded
exporting  requirements as a table and as ReqIF          arazzo     set-up and courses as workflows
inventory  which standard each field and requirement follows    succeeding   the next version to begin with
drafting   a data folder for any published document; what it is made of is guessed (guessing, listing), made up (sampling), taken away
           (mending) and justified (justifying)
changes    the nouns: Judgement, Change, RowChange, Difference
versions   what a version number has to become, and whether it did
"""
