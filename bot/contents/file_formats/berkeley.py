"""A Berkeley DB hash file → the values in it, for the rpm database of rpm before 4.16.

Format: the page layout of Berkeley DB's ``dbinc/db_page.h``. A meta page tells page size and last page. Hash pages hold
offsets of items, key and value in turn; a value is either in the page or in a chain of overflow pages.
"""

from collections.abc import Iterator
from typing import Final, Literal

_MAGIC: Final = 0x061561
_PAGE_SIZES: Final = frozenset(2**power for power in range(9, 17))
_HEADER_BYTES: Final = 26
_HASH_PAGES: Final = frozenset({2, 13})
_OVERFLOW_PAGE: Final = 7
_IN_PAGE: Final = 1
_OFF_PAGE: Final = 3


def hash_values(content: bytes) -> Iterator[bytes]:
    """Give the values of a hash database; raises ``ValueError`` for what is none. Damaged values are passed over."""
    for pages in (_Pages(content, "little"), _Pages(content, "big")):
        if pages.number(12, 4) == _MAGIC and pages.size in _PAGE_SIZES:
            return pages.values()
    raise ValueError


class _Pages:
    """The pages of a file; what lies outside reads as zero, and an overflow page is read once at most."""

    def __init__(self, content: bytes, byte_order: Literal["little", "big"]) -> None:
        self.content = content
        self.byte_order = byte_order
        self.size = self.number(20, 4)
        self.unread = set(range(1, len(content) // self.size)) if self.size in _PAGE_SIZES else set[int]()

    def number(self, offset: int, count: int) -> int:
        return int.from_bytes(self.content[offset : offset + count], self.byte_order)

    def values(self) -> Iterator[bytes]:
        for page in range(1, len(self.content) // self.size):
            start = page * self.size
            if self.content[start + 25] in _HASH_PAGES:
                yield from self._values_of(start)

    def _values_of(self, page: int) -> Iterator[bytes]:
        """Give the values of a hash page: every second item. Items lie against each other from the page's end up."""
        count = min(self.number(page + 20, 2), (self.size - _HEADER_BYTES) // 2)
        offsets = [self.size, *(self.number(page + _HEADER_BYTES + 2 * at, 2) for at in range(count))]
        for before, offset in zip(offsets[1::2], offsets[2::2], strict=False):
            item = self.content[page + offset : page + before]
            if item[:1] == bytes([_IN_PAGE]):
                yield item[1:]
            elif item[:1] == bytes([_OFF_PAGE]):
                first, length = (int.from_bytes(item[at : at + 4], self.byte_order) for at in (4, 8))
                yield b"".join(self._chain(first))[:length]

    def _chain(self, first: int) -> Iterator[bytes]:
        """Follow overflow pages; each says how many bytes it holds and which one follows."""
        number = first
        while number in self.unread:
            self.unread.discard(number)
            page = number * self.size
            if self.content[page + 25] != _OVERFLOW_PAGE:
                return
            yield self.content[page + _HEADER_BYTES : page + _HEADER_BYTES + self.number(page + 22, 2)]
            number = self.number(page + 16, 4)
