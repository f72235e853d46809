"""Records the form of the first postbacks of a biller. A postback never fails because of it."""

import logging
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from urllib.parse import unquote_plus

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from icsso.billers.models import Biller
from icsso.billers.postback_samples.models import PostbackSample
from icsso.client.contract import PostbackField
from icsso.client.moments import moment
from icsso.client.probe.kinds import kind_of, name_or_kind
from icsso.client.wire.parts import PostbackProfile
from icsso.client.wire.submitted import MOST_FIELDS, other_than_form

logger = logging.getLogger(__name__)
MOST = 20  # samples of a biller
MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]{1,60}")
NAMELESS = ""
FARTHEST = 24 * 60  # minutes from UTC: what lies farther is no time zone

Triple = tuple[str, str, str]  # name, place, value


def record(biller: Biller, *, method: str, content_type: str, query: bytes, body: bytes) -> None:
    """Saves a sample of the postback unless the biller has enough. The count of the biller that was
    already loaded decides, so later postbacks cost no query."""
    if biller.postbacks_sampled >= MOST:
        return
    try:
        profile = biller.wire.postback
        sent = {"method": method, "content_type": content_type}
        _save(describe(**sent, query=query, body=body, profile=profile), biller)
    except Exception:  # the postback is stored, and must be acknowledged
        logger.exception("sample of a postback not recorded", extra={"biller": biller.slug})


def record_again(biller: Biller) -> None:
    """Deletes the samples, so that the next postbacks are recorded: after a change of the wire
    profile, they show whether it fits."""
    with transaction.atomic():
        Biller.objects.filter(pk=biller.pk).update(postbacks_sampled=0)
        biller.postback_samples.all().delete()


def _save(sample: PostbackSample, biller: Biller) -> None:
    with transaction.atomic():
        few = Biller.objects.filter(pk=biller.pk, postbacks_sampled__lt=MOST)
        if few.update(postbacks_sampled=F("postbacks_sampled") + 1):
            sample.biller = biller
            sample.save(force_insert=True)


def describe(
    *, method: str, content_type: str, query: bytes, body: bytes, profile: PostbackProfile
) -> PostbackSample:
    """Returns an unsaved sample without a biller. No value is part of it."""
    media_type = content_type.partition(";")[0].strip().lower()
    pairs = [*_pairs(query, "query"), *_body(body, content_type)][:MOST_FIELDS]
    approvals = _values_of(PostbackField.APPROVED, pairs, profile)
    return PostbackSample(
        method=method[:10],
        content_type=media_type if MEDIA_TYPE.fullmatch(media_type) else "?"[: len(media_type)],
        fields=[
            {"name": name_or_kind(name), "place": place, "kind": kind_of(value)}
            for name, place, value in pairs
        ],
        approval_is_known=all(text in profile.verdicts for text in approvals)
        if approvals
        else None,
        clock_offset=_clock_offset(_values_of(PostbackField.PAYMENT_DATE, pairs, profile)),
    )


def _values_of(field: PostbackField, pairs: list[Triple], profile: PostbackProfile) -> list[str]:
    sent_as = profile.fields.get(field, field).casefold()
    return [value for name, _, value in pairs if name.casefold() == sent_as]


def _clock_offset(payment_dates: list[str]) -> int | None:
    try:
        paid = moment(payment_dates[0]) if payment_dates else None
    except ValueError:
        return None
    if not isinstance(paid, datetime) or paid.tzinfo:
        return None
    offset = round((paid - timezone.now().replace(tzinfo=None)) / timedelta(minutes=1))
    return offset if abs(offset) < FARTHEST else None


def _body(body: bytes, content_type: str) -> Iterator[Triple]:
    other = other_than_form(body, content_type)
    for name, value in other:
        yield name.decode("utf-8", "replace"), "body", value.decode("utf-8", "replace")
    if not other:
        yield from _pairs(body, "body")


def _pairs(form: bytes, place: str) -> Iterator[Triple]:
    """A part without an equals sign may be a value, so it has no name."""
    parts = filter(None, form.decode("utf-8", "replace").split("&"))
    for part in islice(parts, MOST_FIELDS):
        name, equals, value = part.partition("=")
        if equals:
            yield unquote_plus(name), place, unquote_plus(value)
        else:
            yield NAMELESS, place, unquote_plus(name)
