"""Rows like those of real payments. Each checkout has a number, which decides what became of it: of
100 checkouts, 75 are paid, 12 are declined first, and 10 have repeated postbacks."""

import json
import time
from collections.abc import Iterator

from django.contrib.contenttypes.models import ContentType
from django.db import connection

from accounts.models import StaffUser
from icsso.billers.models import Biller, BillerHost
from posting.models import PostingFile, WebhookEndpoint
from tests.cast import BILLER_GUID

PAID = "n % 4 <> 0"
DAYS = 4 * 365  # so that every retention rule finds something old enough
MOMENT = f"(now() - ({{until}} - n) * interval '{DAYS} days' / {{until}})"
MEMBERS = "n % {accounts} % 3 = 0"  # every third account is linked by a member
MAC = "md5({0} || n) || md5(n || {0})"  # 64 characters, as a digest and an address have
PASSWORD = "argon2$argon2id$v=19$m=19456,t=2,p=1$" + "c" * 22 + "$" + "d" * 43  # as long
FIELDS = {
    "BillerGUID": str(BILLER_GUID),
    "PaymentDate": "11/20/2026 03:04:05 PM",
    "CustomerName": "Willows Laundry",
    "CustomerAddress": "12 Mill Street",
    "CustomerCity": "Springfield",
    "CustomerState": "IL",
    "CustomerZip": "62701",
    "PaymentAmount": "84.20",
    "PaymentDescription": "Springfield Water",
    "PaymentTypeID": "1",
    "CardType": "Visa",
    "ConvenienceFee": "2.50",
    "RemoteIP": "198.51.100.7",
}
STORED = json.dumps({name: [text] for name, text in FIELDS.items()})
STORED = STORED.replace("{", "{{").replace("}", "}}")  # of a format
# The contents of each kind of postback, how its rows are numbered, and which checkouts have one.
CALLS = (("declined", 0, "n % 8 = 1"), ("approved", 1, PAID), ("repeated", 2, "n % 10 = 1"))


def postbacks() -> Iterator[str]:
    for verdict, place, where in CALLS:
        is_approved = "False" if verdict == "declined" else "True"
        guid = f"md5('{'d' if verdict == 'declined' else 'g'}' || n)::uuid"
        own = (
            f"jsonb_build_object('Approved', jsonb_build_array('{is_approved}'),"
            f" 'PaymentMessage', jsonb_build_array('{verdict.title()}'),"
            f" 'PaymentGUID', jsonb_build_array({guid}),"
            " 'InvoiceNumber', jsonb_build_array('INV-' || n),"
            " 'BillerReference', jsonb_build_array('R-' || md5('b' || n)),"
            " 'AccountNumber', jsonb_build_array((10000000 + n % {accounts})::text))"
        )
        yield (
            "INSERT INTO payments_postback (id, checkout_id, received_at, fields, content_digest,"
            " payment_guid, account_id, verdict, reason)"
            f" SELECT 3 * n + {place}, n, {MOMENT}, '{STORED}'::jsonb || {own},"
            f" {MAC.format(repr(verdict))}, {guid}, 1 + n % {{accounts}}, '{verdict}', ''"
            f" FROM generate_series(1, {{until}}) n WHERE {where}"
        )


STATEMENTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "accounts_utilityaccount",
        (
            """INSERT INTO accounts_utilityaccount (id, biller_id, account_number, number_key, name,
            address, city, state, zip, email, phone, name_key)
        SELECT 1 + n, 1, (10000000 + n)::text, (10000000 + n)::text, 'Customer ' || n,
            n || ' Mill Street', 'Springfield', 'IL', '62701', '', '', 'customer ' || n
        FROM generate_series(0, {accounts} - 1) n""",
        ),
    ),
    (
        "accounts_user",
        (
            f"""INSERT INTO accounts_user (id, password, is_superuser, biller_id, email, language,
            is_staff, is_active, joined_at, work_email, has_helped)
        SELECT 1000 + n, '{PASSWORD}', false, 1, 'member' || n || '@example.com', 'en', false, true,
            now(), false, false FROM generate_series(0, {{accounts}} - 1) n WHERE {MEMBERS}""",
        ),
    ),
    (
        "accounts_linkedaccount",
        (
            f"""INSERT INTO accounts_linkedaccount (member_id, account_id, nickname, is_first,
            linked_at, origin, state, note, held_as, balance_cents, due_on, autopay, balance_at,
            asked_at)
        SELECT 1000 + n, 1 + n, '', true, now(), 'proof', 'registered', '', '', 8420, current_date,
            false, now(), now() FROM generate_series(0, {{accounts}} - 1) n WHERE {MEMBERS}""",
        ),
    ),
    (
        "payments_checkout",
        (
            f"""INSERT INTO payments_checkout (id, biller_id, accounts_digest, member_id, kind,
            visitor, is_current, address, biller_reference, postback_digest, return_digest,
            hosted_url, created_at, launched_at, failure, failure_note, checked_note,
            unconfirmed_at, with_token)
        SELECT n, 1, {MAC.format("'a'")}, CASE WHEN {MEMBERS} THEN 1000 + n % {{accounts}} END,
            CASE WHEN {MEMBERS} THEN 'quick' ELSE 'guest' END, {MAC.format("'v'")}, false,
            left({MAC.format("'s'")}, 43), 'R-' || md5('b' || n), {MAC.format("'p'")},
            {MAC.format("'r'")}, '', {MOMENT}, {MOMENT}, '', '', '',
            CASE WHEN NOT {PAID} THEN {MOMENT} END, false
        FROM generate_series(1, {{until}}) n""",
        ),
    ),
    (
        "payments_checkoutaccount",
        (
            """INSERT INTO payments_checkoutaccount (checkout_id, account_id, position, by_helper,
            owed) SELECT n, 1 + n % {accounts}, 0, false, 84.20
        FROM generate_series(1, {until}) n""",
        ),
    ),
    ("payments_postback", tuple(postbacks())),
    (
        "payments_payment",
        (
            f"""INSERT INTO payments_payment (id, biller_id, checkout_id, account_id, source,
            payment_guid, paid_at, method, created_at)
        SELECT n, 1, n, 1 + n % {{accounts}}, 'postback', md5('g' || n)::uuid, {MOMENT}, 'Visa',
            {MOMENT} FROM generate_series(1, {{until}}) n WHERE {PAID}""",
        ),
    ),
    (
        "payments_paymentline",
        (
            f"""INSERT INTO payments_paymentline (id, payment_id, postback_id, invoice_number,
            amount, fee, recorded_at)
        SELECT n, n, 3 * n + 1, 'INV-' || n, 84.20, 2.50, {MOMENT}
        FROM generate_series(1, {{until}}) n WHERE {PAID}""",
        ),
    ),
    (
        "posting_postedline",
        (
            f"""INSERT INTO posting_postedline (file_id, number, payment_line_id, kind,
            payment_guid, invoice_number, account_number, amount, fee, paid_at, happened_at, method,
            reference)
        SELECT {{file}}, n, n, 'payment', md5('g' || n)::uuid, 'INV-' || n,
            (10000000 + n % {{accounts}})::text, 84.20, 2.50, {MOMENT}, {MOMENT}, 'Visa',
            'R-' || md5('b' || n)
        FROM generate_series(1, {{until}}) n WHERE {PAID}""",
        ),
    ),
    (
        "posting_webhookdelivery",
        (
            f"""INSERT INTO posting_webhookdelivery (endpoint_id, event, payment_line_id, state,
            created_at, attempts, expires_at, last_attempt_at, delivered_at, outcome, status,
            answer, milliseconds)
        SELECT {{endpoint}}, 'payment.received', n, 'delivered', {MOMENT}, 1, {MOMENT}, {MOMENT},
            {MOMENT}, 'accepted', 200, '', 40
        FROM generate_series(1, {{until}}) n WHERE {PAID}""",
        ),
    ),
    # One entry for every tenth checkout, for the changes made by staff and imports. The real number
    # depends on the utility.
    (
        "auditlog_logentry",
        (
            f"""INSERT INTO auditlog_logentry (content_type_id, object_pk, object_id, object_repr,
            action, changes_text, changes, actor_id, cid, remote_addr, timestamp, additional_data)
        SELECT {{content_type}}, 1 + n % {{accounts}}, 1 + n % {{accounts}},
            (10000000 + n % {{accounts}})::text, 1, '',
            jsonb_build_object('name', jsonb_build_array('Customer ' || n, 'Customer ' || n + 1)),
            {{staff}}, left(md5('c' || n), 32), '198.51.100.7', {MOMENT}, '{{{{"billers": [1]}}}}'
        FROM generate_series(1, {{until}}) n WHERE n % 10 = 0""",
        ),
    ),
)


TABLES = tuple(table for table, _statements in STATEMENTS if table != "accounts_user")
# Only tables whose rows were numbered here.
NUMBERED = ("payments_checkout", "payments_postback", "payments_payment", "payments_paymentline")


def settle() -> dict[str, int]:
    """Creates the one biller that everything belongs to. Returns what the rows refer to."""
    biller = Biller.objects.create(
        pk=1, slug="large", name="Large", is_active=True, biller_guid=BILLER_GUID
    )
    BillerHost.objects.create(biller=biller, host="localhost")
    staff = StaffUser.objects.create(
        email="operator@example.com", is_staff=True, is_superuser=True, password="!"
    )
    file = PostingFile.objects.create(
        biller=biller, number=1, name="all.csv", day="2026-11-20", state="delivered", layout={}
    )
    endpoint = WebhookEndpoint.objects.create(
        biller=biller, url="https://cis.example/hooks", secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2La"
    )
    kind = ContentType.objects.get(app_label="accounts", model="utilityaccount")
    found = {"file": file.pk, "endpoint": endpoint.pk, "content_type": kind.pk, "staff": staff.pk}
    return {name: int(key) for name, key in found.items()}


def fill(checkouts: int, named: dict[str, int]) -> None:
    """Adds this many checkouts, spread over four years, with everything that belongs to them and
    nothing else; one account for every ten."""
    numbers = {"until": checkouts, "accounts": checkouts // 10, **named}
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
        # The references are valid by construction.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM accounts_user WHERE biller_id IS NOT NULL")
        for table, statements in STATEMENTS:
            began = time.perf_counter()
            for statement in statements:
                cursor.execute(statement.format(**numbers))
            print(f"  {table:28}{time.perf_counter() - began:8.0f} s", flush=True)
        for table in NUMBERED:
            sequence = f"pg_get_serial_sequence('{table}', 'id')"
            cursor.execute(f"SELECT setval({sequence}, {3 * checkouts + 3})")
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE")
