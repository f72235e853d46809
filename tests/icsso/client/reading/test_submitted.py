"""Forms in parts and JSON: what is read of them, and what is not read at all."""

import json
from itertools import chain, repeat

import pytest

from icsso.client.wire.submitted import MOST_FIELDS, other_than_form

PARTS = "multipart/form-data; boundary=x"
NESTED = b"--x\r\nContent-Type: message/rfc822\r\n\r\n"


def part(*head: str, value: str = "True") -> bytes:
    return "\r\n".join(["--x", *head, "", value, ""]).encode()


def named(name: str) -> str:
    return f"Content-Disposition: form-data; {name}"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (PARTS, part(named('name="Approved"')) + b"--x--\r\n"),
        (PARTS, part(named("name=Approved")) + b"--x--"),
        (PARTS, part("Content-Type: text/plain", named('name="Approved"')) + b"--x--"),
        (PARTS, part(named('filename="name=Id"; name="Approved"')) + b"--x--"),
        (PARTS, b"Before\r\n" + part(named('name="Approved"')) + b"--x--\r\nAfter"),
        (PARTS, part(named('name="Approved"')).replace(b"\r", b"") + b"--x--\n"),
        ('MULTIPART/form-data; a=b; Boundary="x"', part(named("NAME=Approved")) + b"--x--"),
        ("", b'{"Approved": true}'),
        ("", b'\xef\xbb\xbf[{"Payment": {"Approved": ["True"]}}]'),
        ("application/octet-stream", b'{"Approved": "True"}'),
    ],
)
def test_one_field_in_each_form(content_type: str, body: bytes) -> None:
    assert other_than_form(body, content_type) == [(b"Approved", b"True")]


@pytest.mark.parametrize("encoding", ["base64", "x-uuencode", "quoted-printable", "binary"])
def test_a_part_counts_exactly_as_it_stands(encoding: str) -> None:
    head = (named('name="Approved"'), f"Content-Transfer-Encoding: {encoding}")
    body = part(*head, value="VHJ1ZQ==") + b"--x--"
    assert other_than_form(body, PARTS) == [(b"Approved", b"VHJ1ZQ==")]


@pytest.mark.parametrize(
    "body",
    [
        b"Approved=True",
        part(named('name="Approved"')),  # cut off
        b"--xy\r\n\r\nTrue\r\n--xy--",
        b"--x\r\nNo blank line\r\n--x--",
        part(named(f"x={';' * 2000}")) + b"--x--",
        NESTED * 700,
    ],
)
def test_parts_that_cannot_be_read_are_none(body: bytes) -> None:
    assert other_than_form(body, PARTS) == []


def test_what_is_inside_a_part_is_its_value() -> None:
    inner = part(named('name="Approved"')).replace(b"--x", b"--y")
    [(name, value)] = other_than_form(NESTED + inner + b"\r\n--x--", PARTS)
    assert (name, value) == (b"", inner)


def test_both_values_of_a_repeated_name_count() -> None:
    approved = [(b"Approved", b"False"), (b"Approved", b"True")]
    assert other_than_form(b'{"Approved": false, "Approved": true}', "") == approved


def deep(depth: int, within: str) -> bytes:
    return ("[" * depth + within + "]" * depth).encode()


def test_json_is_read_to_a_depth() -> None:
    assert other_than_form(deep(8, "1"), "") == [(b"", b"1")]
    for depth in (9, 880, 30_000):
        assert other_than_form(deep(depth, ",".join(repeat("1", 2000))), "") == []


def test_no_more_is_read_than_shows_that_there_is_too_much() -> None:
    many = json.dumps(list(range(5000))).encode()
    assert len(other_than_form(many, "")) == MOST_FIELDS + 1
    for count in (MOST_FIELDS, MOST_FIELDS + 1, MOST_FIELDS + 2, 500):
        body = b"".join(chain(repeat(part(named("name=a")), count), [b"--x--"]))
        assert len(other_than_form(body, PARTS)) == min(count, MOST_FIELDS + 1)
