"""The Merkle tree of RFC 6962, grown one leaf at a time.

Only the roots of the complete subtrees are kept (at most one per bit of the number of leaves), so a tree over millions of
lines costs some twenty hashes of memory, and its root is the one that section 2.1 of the RFC defines.

Over hashes of leaves that are all at hand, `inclusion` and `consistency` are the proofs of its sections 2.1.1 and 2.1.2, and `includes`
and `extends` hold one against two roots, as RFC 9162 (sections 2.1.3.2 and 2.1.4.2) has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

__all__ = ["MerkleTree", "consistency", "extends", "includes", "inclusion", "leaf_hash", "root_of"]


class MerkleTree:
    """The tree over the leaves appended so far."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []  # roots of complete subtrees, largest first

    def append(self, leaf: bytes) -> None:
        """Add one leaf."""
        self.append_hash(leaf_hash(leaf))

    def append_hash(self, node: bytes) -> None:
        """Add one leaf, of which only the hash is known."""
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


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(b"\0" + leaf).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over leaves, from their hashes."""
    tree = MerkleTree()
    for one in hashes:
        tree.append_hash(one)
    return tree.root()


def inclusion(hashes: Sequence[bytes], index: int) -> list[bytes]:
    """The proof that leaf `index` (from 0) is one of these. Raises IndexError when there is none of that number."""
    if not 0 <= index < len(hashes):
        raise IndexError(index)
    if len(hashes) == 1:
        return []
    split = _split(len(hashes))
    if index < split:
        return [*inclusion(hashes[:split], index), root_of(hashes[split:])]
    return [*inclusion(hashes[split:], index - split), root_of(hashes[:split])]


def consistency(hashes: Sequence[bytes], size: int) -> list[bytes]:
    """The proof that these leaves begin with the first `size` of them. Raises IndexError unless there are so many, and one at least."""
    if not 0 < size <= len(hashes):
        raise IndexError(size)
    return [] if size == len(hashes) else _consistency(hashes, size, whole=True)


def _consistency(hashes: Sequence[bytes], size: int, *, whole: bool) -> list[bytes]:
    if size == len(hashes):
        return [] if whole else [root_of(hashes)]
    split = _split(len(hashes))
    if size <= split:
        return [*_consistency(hashes[:split], size, whole=whole), root_of(hashes[split:])]
    return [*_consistency(hashes[split:], size - split, whole=False), root_of(hashes[:split])]


def includes(root: bytes, size: int, leaf: bytes, index: int, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows the leaf of this hash and index in the tree of this root and size."""
    if not 0 <= index < size:
        return False
    first, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            node = _parent(sibling, node)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            node = _parent(node, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and node == root


def extends(old: bytes, old_size: int, new: bytes, new_size: int, proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that the tree of `new` begins with all the leaves of the tree of `old`."""
    if not 0 < old_size <= new_size:
        return False
    if old_size == new_size:
        return not proof and old == new
    path = [old, *proof] if old_size & (old_size - 1) == 0 else list(proof)
    if not path:
        return False
    first, last = old_size - 1, new_size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            before, after = _parent(sibling, before), _parent(sibling, after)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            after = _parent(after, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and before == old and after == new


def _split(size: int) -> int:
    """The largest power of two below a size of two or more."""
    return 1 << (size - 1).bit_length() - 1


def _parent(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()
