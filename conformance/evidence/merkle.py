"""The Merkle tree of RFC 6962, grown one leaf at a time.

Only the roots of the complete subtrees are kept (at most one per bit of the number of leaves), so a tree over millions of
lines costs some twenty hashes of memory, and its root is the one that section 2.1 of the RFC defines.
"""

from __future__ import annotations

from hashlib import sha256

__all__ = ["MerkleTree"]


class MerkleTree:
    """The tree over the leaves appended so far."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []  # roots of complete subtrees, largest first

    def append(self, leaf: bytes) -> None:
        """Add one leaf."""
        node = sha256(b"\0" + leaf).digest()
        position = self.size
        while position & 1:
            node = _parent(self._peaks.pop(), node)
            position >>= 1
        self._peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The root hash; that of no bytes when there is no leaf."""
        if not self._peaks:
            return sha256(b"").digest()
        *rest, node = self._peaks
        for peak in reversed(rest):
            node = _parent(peak, node)
        return node


def _parent(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()
