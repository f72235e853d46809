"""What the search of the back office costs among 500,000 accounts: plans and CPU time.

Run `python deploy/services.py python bench/search.py`. It needs PostgreSQL. SCALE=0.1 uses a tenth
of the accounts; SHOW=1 prints the plans.
"""

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "inhance.settings")

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.setup.measuring import database_seconds
from icsso.billers.models import Biller
from support.search.services import search

SCALE = float(os.environ.get("SCALE", "1"))
ACCOUNTS = int(500_000 * SCALE)
LIMIT_MILLISECONDS, ROUNDS = 60, 7
# Names and streets of many words, so that a word is about as rare as in a real CIS.
FILL = f"""
    INSERT INTO accounts_utilityaccount (id, biller_id, account_number, number_key, name, address,
        city, state, zip, email, phone, name_key)
    SELECT n, 1, (10000000 + n)::text, (10000000 + n)::text,
        initcap(substr(md5('g' || n % 900), 1, 6)) || ' '
            || initcap(translate(substr(md5('f' || n % 40000), 1, 8), '0123456789', 'aeioulnrst')),
        n % 9999 || ' ' || initcap(translate(substr(md5('s' || n % 3000), 1, 7), '0123456789',
            'aeioulnrst')) || ' Street',
        'Springfield', 'IL', '62701', '', '(217) ' || lpad((n / 10000)::text, 3, '0') || '-'
            || lpad((n % 10000)::text, 4, '0'),
        substr(md5('g' || n % 900), 1, 6) || ' '
            || translate(substr(md5('f' || n % 40000), 1, 8), '0123456789', 'aeioulnrst')
    FROM generate_series(1, {ACCOUNTS}) n"""
FACTS = "SELECT account_number, name, address, phone FROM accounts_utilityaccount WHERE id = %s"


def terms() -> dict[str, str]:
    """Returns search terms for one account in the middle."""
    with connection.cursor() as cursor:
        cursor.execute(FACTS, [ACCOUNTS // 2 + 77])
        number, name, address, phone = cursor.fetchone()
    first, last = name.split()
    return {
        "account number": number,
        "last name": last.lower(),
        "last name first": f"{last} {first}",
        "a part of the last name": last[1:6],
        "street": address.split(maxsplit=1)[1],
        "house and street": address,
        "phone": phone,
        "phone, other spelling": "1" + "".join(sign for sign in phone if sign.isdigit()),
        "nobody": "Nobody Whatsoever",
    }


def cost(term: str) -> tuple[float, int]:
    """Returns milliseconds of CPU time, the portal's and the database's, and accounts found."""
    billers = Biller.objects.all()
    spent = []
    for _round in range(ROUNDS):
        worked, asked = time.process_time(), database_seconds()
        found = search(term, billers, lambda _permission: True)
        spent.append(time.process_time() - worked + database_seconds() - asked)
    return sorted(spent)[ROUNDS // 2] * 1000, len(found.accounts)


def indexes_for(term: str) -> str:
    with CaptureQueriesContext(connection) as made:
        search(term, Biller.objects.all(), lambda _permission: True)
    used = set()
    for query in made:
        if '"accounts_utilityaccount"."name"' not in query["sql"]:
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {query['sql']}")
            plan = [row[0] for row in cursor.fetchall()]
        if os.environ.get("SHOW"):
            print("\n".join(plan))
        used |= {word for line in plan for word in line.split() if word.startswith("accounts_by_")}
        used |= {"reads all" for line in plan if "Seq Scan on accounts_utilityaccount" in line}
    return ", ".join(sorted(used))


def main() -> None:
    call_command("migrate", verbosity=0)
    Biller.objects.create(slug="large", name="Large", is_active=True)
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(FILL)
        cursor.execute("VACUUM ANALYZE")
    print(f"{ACCOUNTS:,} accounts written in {time.perf_counter() - began:.0f} s")
    is_slow = False
    for what, term in terms().items():
        spent, number = cost(term)
        is_slow |= spent > LIMIT_MILLISECONDS
        print(f"{what:26}{spent:8.1f} ms{number:5} found  {indexes_for(term)}")
    sys.exit(f"More than {LIMIT_MILLISECONDS} ms of processor time." if is_slow else 0)


if __name__ == "__main__":
    main()
