"""Where a traversal stands: cursors are numbers that name a row of the store."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from typing import Any

from tests.second_transport.choices import Choices
from tests.second_transport.open_data import Keyed
from tests.second_transport.problems import bad_parameter

__all__ = ["EMPTY", "Traversals"]

EMPTY = "(an empty page went before)"


class Traversals:
    """Cursors, and what the page after one holds."""

    def __init__(self, store: sqlite3.Connection, choices: Choices, now: Callable[[], float], nonce: Callable[[], int]) -> None:
        self.store, self.choices, self.now, self.nonce = store, choices, now, nonce

    def shown(self, rest: list[Keyed], limit: int, start: list[Any] | None) -> list[Keyed]:
        """What this page holds of the rest."""
        if self.choices.pages == "sparse" and rest and (start is None or start[-1] != EMPTY):
            return []
        return rest[: -(-limit // 2)] if self.choices.pages == "short" else rest[:limit]

    def cursor(self, bound: str, key: list[Any]) -> str:
        """A number that stands for the rest of this traversal."""
        state = json.dumps([bound, key])
        salt = f"salt of this server {self.nonce() if self.choices.nonces else ''}"
        digest = hashlib.blake2s((state + salt).encode()).hexdigest()
        token = str(int(digest, 16)).rjust(self.choices.cursor_length, "7")
        self.store.execute("INSERT OR REPLACE INTO cursors VALUES (?,?,?)", (token, state, self.now()))
        return token

    def continued(self, token: str, bound: str) -> list[Any]:
        row = self.store.execute("SELECT * FROM cursors WHERE token = ?", (token,)).fetchone()
        state = json.loads(row["state"]) if row else ["", []]
        if state[0] != bound or (self.choices.cursor_life and row["born"] + self.choices.cursor_life < self.now()):
            raise bad_parameter("cursor", "不屬於本次逐頁讀取", "invalid-cursor")
        return list(state[1])
