"""The form of an encrypted blob: any part is read alone, and nothing of it can be altered, moved, or cut off."""

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainyard.core.encryption.sealed import (
    CHUNK_BYTES,
    HEADER_BYTES,
    TAG_BYTES,
    BlobDamaged,
    Header,
    seal,
)
from trainyard.core.encryption.sealed_reader import SealedReader

KEY = bytes(range(32))
PLACE = "organizations/org_1/datasets/dsv_1/source"
SIZES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 5]


def sealed(content: bytes, *, piece: int = 100_000, place: str = PLACE) -> bytes:
    pieces = [content[start : start + piece] for start in range(0, len(content), piece)]
    return b"".join(seal(pieces, header=Header.new("ekey_1"), key=KEY, place=place))


def opened(blob: bytes, *, key: bytes = KEY, place: str = PLACE) -> SealedReader:
    header = Header.parse(blob[:HEADER_BYTES])
    assert header is not None
    return SealedReader(io.BytesIO(blob), header, key=key, place=place)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("piece", [1_000, CHUNK_BYTES, 10 * CHUNK_BYTES])
def test_what_was_sealed_opens(size: int, piece: int) -> None:
    content = os.urandom(size)
    blob = sealed(content, piece=piece)
    assert opened(blob).read() == content
    assert len(blob) == HEADER_BYTES + size + TAG_BYTES * max(-(-size // CHUNK_BYTES), 1)
    assert size < 16 or content not in blob


CONTENT = os.urandom(2 * CHUNK_BYTES + 77)
BLOB = sealed(CONTENT)


@given(start=st.integers(0, len(CONTENT) + 10), size=st.integers(-1, len(CONTENT)))
def test_any_part_is_read_alone(start: int, size: int) -> None:
    reader = opened(BLOB)
    reader.seek(start)
    assert reader.read(size) == (CONTENT[start:] if size < 0 else CONTENT[start : start + size])


LONG = os.urandom(37 * CHUNK_BYTES + 5)
LONG_BLOB = sealed(LONG, piece=len(LONG))


@pytest.mark.parametrize("piece", [60_000, CHUNK_BYTES, 5 * CHUNK_BYTES + 1])
def test_what_is_read_ahead_comes_in_its_turn(piece: int) -> None:
    reader, buffer, found = opened(LONG_BLOB), bytearray(piece), b""
    while size := reader.readinto(buffer):
        found += buffer[:size]
    assert found == LONG


@given(places=st.lists(st.tuples(st.integers(0, len(LONG)), st.integers(0, 20 * CHUNK_BYTES)), max_size=6))
def test_whoever_turns_elsewhere_in_the_middle_reads_what_is_there(places: list[tuple[int, int]]) -> None:
    with opened(LONG_BLOB) as reader:
        for start, size in places:
            reader.seek(start)
            assert reader.read(size) == LONG[start : start + size]


def test_damage_ahead_is_told_where_it_is_and_not_before() -> None:
    place = 30
    damaged = bytearray(LONG_BLOB)
    damaged[HEADER_BYTES + place * (CHUNK_BYTES + TAG_BYTES) + 7] ^= 1
    reader, good = opened(bytes(damaged)), 0
    with pytest.raises(BlobDamaged, match=f"chunk {place} "):  # noqa: PT012  how far it came counts too
        while reader.read(CHUNK_BYTES):
            good += 1
    assert place - 8 < good <= place
    reader.close()


def test_it_can_be_closed_while_more_is_opened() -> None:
    reader = opened(LONG_BLOB)
    for _ in range(10):
        reader.read(CHUNK_BYTES)
    reader.close()
    assert reader.closed


@given(place=st.integers(0, len(BLOB) - 1))
def test_no_bit_can_be_altered(place: int) -> None:
    damaged = bytearray(BLOB)
    damaged[place] ^= 1
    header = Header.parse(bytes(damaged[:HEADER_BYTES]))
    if header is None:
        return  # its first bytes: it is none of ours any more
    with pytest.raises(BlobDamaged):
        SealedReader(io.BytesIO(bytes(damaged)), header, key=KEY, place=PLACE).read()


WHOLE = CHUNK_BYTES + TAG_BYTES


HEADER, CHUNK_0, CHUNK_1, LAST = (
    BLOB[:HEADER_BYTES],
    BLOB[HEADER_BYTES : HEADER_BYTES + WHOLE],
    BLOB[HEADER_BYTES + WHOLE : HEADER_BYTES + 2 * WHOLE],
    BLOB[HEADER_BYTES + 2 * WHOLE :],
)


DAMAGED = {
    "a header alone": HEADER,
    "a part of a chunk": HEADER + LAST[:5],
    "one of three": HEADER + CHUNK_0,
    "two of three": HEADER + CHUNK_0 + CHUNK_1,
    "a byte less": HEADER + CHUNK_0 + CHUNK_1 + LAST[:-1],
    "a byte more": HEADER + CHUNK_0 + CHUNK_1 + LAST + b"x",
    "the first left out": HEADER + CHUNK_1 + LAST,
    "two exchanged": HEADER + CHUNK_1 + CHUNK_0 + LAST,
}


@pytest.mark.parametrize("damaged", DAMAGED.values(), ids=DAMAGED)
def test_no_chunk_can_be_cut_off_left_out_or_moved(damaged: bytes) -> None:
    with pytest.raises(BlobDamaged):
        opened(damaged).read()


def test_neither_another_place_nor_another_key_opens_it() -> None:
    for reader in (opened(BLOB, place=PLACE + "2"), opened(BLOB, key=bytes(32))):
        with pytest.raises(BlobDamaged):
            reader.read()


def test_the_same_content_is_never_sealed_alike() -> None:
    assert sealed(b"the same")[HEADER_BYTES:] != sealed(b"the same")[HEADER_BYTES:]


def test_what_is_not_sealed_has_no_header() -> None:
    assert Header.parse(b"") is None
    assert Header.parse(b"a,b\n" * 100) is None
