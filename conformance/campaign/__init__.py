"""Many targets, one after the other and side by side: from a list of solutions to one report on all of them.

    fleet       a simulated fleet of reference servers, drawn from a seed, to try campaigns on
    rows        the campaign file: its terms, and a row for each target, read with the line of every mistake
    results     what came of a target, in a record small enough that ten thousand fit into memory
    report      what came of all: who passed, who failed where, what most fails, and what changed since the last campaign
    admission   whose turn it is: how many targets of one host are under way, and what each of them may ask of it
    places      where run folders and the journal lie: a folder that all workers share, or an object store by its URL
    lease       one campaign at a time at a place, also where there are no locks
    journal     what is finished, in lines that are only ever added, so that nothing rests on memory
    single      one target, as `yance run` tests it
    runner      the process in which it is tested: what hangs or dies in it is ended and holds up nobody
    again       a finished run judged or verified once more, as a runner is asked for it
    tending     what a worker does: it waits beside its runner
    engine      Dask: workers here or on a cluster, calls that go out to them, and what comes back
    course      the whole: rows out, results in, whoever is killed meanwhile

Only `engine` and `tending` know Dask, and only `places` the object stores; both are in the extra `yance[campaign]`.
"""
