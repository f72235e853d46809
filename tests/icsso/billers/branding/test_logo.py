"""A biller's logo: uploaded, checked, drawn anew, and served from us."""

import struct
import zlib
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from PIL import Image, PngImagePlugin

from accounts.models import User
from icsso.billers.branding.logos import MOST_BYTES, SIZE
from icsso.billers.branding.models import Logo
from icsso.billers.models import Biller
from tests import cast as people

MARK = b"<script>marker</script>"


def picture(
    kind: str = "PNG",
    size: tuple[int, int] = (1200, 300),
    *,
    mode: str = "RGB",
    **extra: object,
) -> bytes:
    out = BytesIO()
    Image.new(mode, size, "#0b5cad").save(out, kind, **extra)
    return out.getvalue()


@pytest.fixture
def boss(client: Client, biller: Biller) -> Client:
    client.force_login(User.objects.create_superuser("boss@example.com"))
    return client


def upload(client: Client, biller: Biller, data: bytes, name: str = "logo.png", **more: str) -> str:
    file = SimpleUploadedFile(name, data) if data else ""
    address = reverse("admin:icsso_biller_save_step", args=[biller.pk, "look"])
    sent = {"look-new_logo": file, "look-accent": biller.accent}
    answer = client.post(
        address, {**sent, **{f"look-{k}": v for k, v in more.items()}}, follow=True
    )
    return answer.content.decode()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_it_is_drawn_anew_small_and_served_for_a_year(
    boss: Client, biller: Biller, kind: str
) -> None:
    upload(boss, biller, picture(kind))
    home = Client().get("/", headers={"host": "localhost"})
    biller.refresh_from_db()
    address = f"/logo/{biller.logo_digest}.png"
    assert f'<img class="logo" src="{address}" alt="Springfield Water">' in home.content.decode()
    assert "img-src 'self' data:;" in home["Content-Security-Policy"] + ";"
    served = Client().get(address, headers={"host": "localhost"})
    assert served["Content-Type"] == "image/png"
    assert served["Cache-Control"] == "public, max-age=31536000, immutable"
    assert served["X-Content-Type-Options"] == "nosniff"
    assert Image.open(BytesIO(served.content)).size == (600, 150)


def test_nothing_but_its_pixels_is_kept(boss: Client, biller: Biller) -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", MARK.decode())
    exif = Image.Exif()
    exif[0x010E] = MARK.decode()
    for data in (picture(pnginfo=notes) + MARK, picture("JPEG", exif=exif, icc_profile=MARK * 9)):
        assert MARK in data
        upload(boss, biller, data)
        kept = bytes(Logo.objects.get().image)
        assert MARK not in kept
        assert {chunk for chunk in (b"tEXt", b"eXIf", b"iCCP", b"zTXt") if chunk in kept} == set()


def bomb() -> bytes:
    """Says that it has 40,000 by 40,000 pixels."""
    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
            "SVG files can contain",
        ),
        (b"\xef\xbb\xbf\n <SVG onload='x'>", "SVG files can contain"),
        (b"GIF89a" + MARK, "be read as an image"),
        (picture()[:300], "be read as an image"),
        (picture("BMP"), "be read as an image"),
        (b"%PDF-1.7", "be read as an image"),
        (bomb(), "too many pixels"),
        # In one color, since each worker draws it.
        (picture(size=(4100, 4100), mode="L"), "too many pixels"),
        (picture() + b"\0" * MOST_BYTES, "larger than 2 MB"),
    ],
)
def test_anything_else_is_refused(boss: Client, biller: Biller, data: bytes, words: str) -> None:
    assert words in upload(boss, biller, data)
    assert not Logo.objects.exists()
    biller.refresh_from_db()
    assert biller.logo_digest == ""


def test_it_is_replaced_and_removed(boss: Client, biller: Biller) -> None:
    upload(boss, biller, picture())
    biller.refresh_from_db()
    first = biller.logo_address
    upload(boss, biller, picture(size=(300, 300)))
    biller.refresh_from_db()
    assert biller.logo_address != first
    assert Client().get(first, headers={"host": "localhost"}).status_code == 404
    assert Image.open(BytesIO(Logo.objects.get().image)).size == (SIZE[1], SIZE[1])
    upload(boss, biller, b"")
    assert Logo.objects.exists()  # nothing chosen: it stays
    upload(boss, biller, b"", remove_logo="on")
    biller.refresh_from_db()
    assert (biller.logo_address, Logo.objects.exists()) == ("", False)


def test_the_long_form_takes_it_too(boss: Client, biller: Biller) -> None:
    page = boss.get(f"/admin/icsso/biller/{biller.pk}/change/")
    assert 'enctype="multipart/form-data"' in page.content.decode()
    form = page.context["adminform"].form
    values = {name: form[name].value() for name in form.fields}
    sent = {name: value for name, value in values.items() if value not in (None, False)}
    file = SimpleUploadedFile("logo.png", picture())
    answer = boss.post(f"/admin/icsso/biller/{biller.pk}/change/", {**sent, "new_logo": file})
    assert answer.status_code == 302
    assert Logo.objects.filter(biller=biller).exists()


def test_another_billers_host_does_not_serve_it(boss: Client, biller: Biller) -> None:
    other = people.other_biller()
    upload(boss, biller, picture())
    biller.refresh_from_db()
    host = other.hosts.get().host
    assert Client().get(biller.logo_address, headers={"host": host}).status_code == 404


def test_the_command_takes_a_file(biller: Biller, tmp_path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "logo.png"
    file.write_bytes(picture())
    call_command("onboard_biller", biller.slug, "--logo", str(file))
    assert Logo.objects.filter(biller=biller).exists()
