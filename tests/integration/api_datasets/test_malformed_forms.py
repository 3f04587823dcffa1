"""Forms that no browser sends are refused or taken for what they say; none of them is the platform's failure."""

import os

import pytest
from django.test import Client

from tests.support.platform import Caller

pytestmark = pytest.mark.one_database

FORM = "multipart/form-data; boundary=xyz"
HEAD = b'Content-Disposition: form-data; name="file"; filename="t.csv"\r\nContent-Type: text/csv'
FIELD = b'Content-Disposition: form-data; name="comment"'
END = b"--xyz--\r\n"


def part(head: bytes, content: bytes = b"a,b\n1,0\n") -> bytes:
    return b"--xyz\r\n" + head + b"\r\n\r\n" + content + b"\r\n"


def named(filename: bytes) -> bytes:
    return part(HEAD.replace(b't.csv"', filename + b'"')) + END


def extended(filename: bytes) -> bytes:
    return part(HEAD.replace(b'filename="t.csv"', b"filename*=" + filename)) + END


WHOLE = part(HEAD) + END
TYPES = {
    "no boundary": "multipart/form-data",
    "empty boundary": "multipart/form-data; boundary=",
    "long boundary": "multipart/form-data; boundary=" + "a" * 300,
    "other boundary": "multipart/form-data; boundary=other",
    "open quote": 'multipart/form-data; boundary="xyz',
    "unknown charset": f"{FORM}; charset=nope",
    "charset of names of hosts": f"{FORM}; charset=idna",
    "charset of bytes": f"{FORM}; charset=hex",
    "two bytes a character": f"{FORM}; charset=utf-16",
    "other kind": "multipart/mixed; boundary=xyz",
    "form without files": "application/x-www-form-urlencoded",
}
BODIES = {
    "nothing": b"",
    "noise": b"\x00\xff" * 50,
    "end alone": END,
    "ends in a head": b"--xyz\r\nContent-Dispo",
    "ends in a part": part(HEAD)[:-2],
    "no end": part(HEAD),
    "lines without carriage returns": WHOLE.replace(b"\r\n", b"\n"),
    "no disposition": part(b"Content-Type: text/csv") + END,
    "no name": part(b"Content-Disposition: form-data") + END,
    "long head": part(b"X: " + b"y" * 100_000 + b"\r\n" + HEAD) + END,
    "NUL in the name": part(HEAD.replace(b'"file"', b'"fi\x00le"')) + END,
    "name that is no text": part(HEAD.replace(b'"file"', b'"\xff\xfe"')) + END,
    "NUL in the file's name": named(b"t\x00.csv"),
    "NUL in the file's extended name": extended(b"UTF-8''t%00.csv"),
    "surrogate in the file's name": named(b"\xed\xa0\x80.csv"),
    "surrogate in the file's extended name": extended(b"UTF-8''%ed%a0%80.csv"),
    "file's name of unknown charset": extended(b"nope''t%ff.csv"),
    "file's name that is no text": named(b"\xff\xfe.csv"),
    "file's name is a directory": named(b"../.."),
    "no file's name": named(b""),
    "long file's name": named(b"t" * 5_000),
    "NUL in a field": part(FIELD, b"a\x00b") + WHOLE,
    "field that is no text": part(FIELD, b"\xff\xfe\x00") + WHOLE,
    "text in the place of the file": part(b'Content-Disposition: form-data; name="file"', b"a\x00b") + END,
    "file and text of one name": part(b'Content-Disposition: form-data; name="file"', b"x") + WHOLE,
    "two files of one name": part(HEAD) + WHOLE,
    "many fields": b"".join(part(b'Content-Disposition: form-data; name="f%d"' % i, b"1") for i in range(2_000)) + END,
    "base64 that is none": part(HEAD + b"\r\nContent-Transfer-Encoding: base64", b"!!!!!") + END,
    "length that is no number": part(HEAD + b"\r\nContent-Length: nope") + END,
}
FORMS = {name: (kind, WHOLE) for name, kind in TYPES.items()} | {name: (FORM, body) for name, body in BODIES.items()}


@pytest.fixture
def versions(owner: Caller) -> str:
    body = {"name": "d", "task": "tabular_classification", "options": {"target": "b"}}
    return f"/api/v1/datasets/{owner.post('/datasets', body).json()['id']}/versions"


@pytest.mark.parametrize("repeatable", [False, True], ids=["once", "idempotent"])
@pytest.mark.parametrize("name", FORMS)
def test_a_malformed_form_is_its_senders_fault(owner: Caller, versions: str, name: str, repeatable: bool) -> None:
    kind, body = FORMS[name]
    headers = {"Authorization": f"Bearer {owner.secret}"}
    if repeatable:
        headers["Idempotency-Key"] = os.urandom(8).hex()
    answer = Client(headers=headers, raise_request_exception=False).generic("POST", versions, body, content_type=kind)
    assert answer.status_code in {201, 400, 413, 415}, answer.content
    if answer.status_code != 201:
        assert answer.json()["code"] in {"invalid_input", "parse_error", "too_many_parts", "unsupported_media_type"}


def test_forms_of_one_idempotency_key_are_told_apart_by_their_fields(owner: Caller, versions: str) -> None:
    client = Client(
        headers={"Authorization": f"Bearer {owner.secret}", "Idempotency-Key": "once"}, raise_request_exception=False
    )
    first = client.post(versions, WHOLE, content_type=FORM)
    assert first.status_code == 201
    assert client.post(versions, WHOLE, content_type=FORM).json()["id"] == first.json()["id"]
    other = client.post(versions, part(FIELD, b"other") + END, content_type=FORM)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
