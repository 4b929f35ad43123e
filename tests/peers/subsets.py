"""What jsonsubschema says of changes, as answers.mjs prints what the packages of npm say. Nothing of the suite is read here."""

import json
import signal
import sys

from jsonsubschema import isSubschema

_SECONDS = 5


def is_within(narrow: object, wide: object) -> bool | None:
    """Whether every value of a schema is one of another; None where there is no answer, or none in time."""
    signal.alarm(_SECONDS)
    try:
        return bool(isSubschema(narrow, wide))
    except Exception:  # noqa: BLE001 - whatever another program raises is no answer
        return None
    finally:
        signal.alarm(0)


def _late(*_: object) -> None:
    raise TimeoutError


signal.signal(signal.SIGALRM, _late)
answers = []
for change in json.load(sys.stdin):
    old, new = change["schemas"]
    answers.append([is_within(old, new), is_within(new, old)])
print(json.dumps({"jsonsubschema 0.0.8": answers}))
