"""Makes a file with faults, imports it, and compares the result with the truth."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from io import StringIO
from pathlib import Path
from random import Random

from django.core.management import call_command

from accounts.models import UtilityAccount
from bench.attack.people import LISTS
from bench.planted.faults import COLUMNS, FAULTS, Account, Fault, Planted, line
from icsso.billers.models import Biller


@dataclass
class Made:
    """lines: the line of each account, by its number."""

    text: str
    truth: dict[str, Account]
    known: list[Account]
    planted: list[tuple[int, Fault, Planted]] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    @property
    def faults(self) -> list[Fault]:
        return list({fault.name: fault for _number, fault, _planted in self.planted}.values())


@dataclass
class Outcome:
    """wrong: accounts that differ from the truth. untold: faults that were not reported."""

    taken: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)

    def table(self) -> str:
        rows = [f"{'':34}{'taken':>8}{'told':>8}{'refused':>8}"]
        for fault in FAULTS:
            counts = [kind[fault.name] for kind in (self.taken, self.told, self.refused)]
            rows.append(f"{fault.name:34}" + "".join(f"{count or '':>8}" for count in counts))
        rows.append(f"{len(self.wrong)} silently wrong: {self.wrong[:5]}")
        rows.append(f"{len(self.untold)} not named: {self.untold[:5]}")
        return "\n".join(rows)


def accounts(number: int, random: Random) -> Iterator[Account]:
    for n in range(number):
        first, last = random.choice(LISTS["us_given"]), random.choice(LISTS["us_last"])
        place = (f"{n} Mill Street", "Springfield", "IL", f"{62000 + n % 999}")
        name = f"{last} {first}".upper()
        yield Account(f"00{3000000 + n * 7}", name, *place, f"c{n}@example.com", "217-555-0163")


def make(
    number: int,
    *,
    share: float,
    seed: int = 1,
    planted: Sequence[Fault] = FAULTS,
    spare: str = "",
) -> Made:
    """Plants each fault in a share of the lines, at least once. spare: what each line ends with."""
    random = Random(seed)
    each = max(1, int(number * share))
    faults: list[Fault | None] = [fault for fault in planted for _ in range(each)]
    faults += [None] * (number - len(faults))
    random.shuffle(faults)
    made, lines = Made("", {}, []), [",".join(COLUMNS)]
    for account, fault in zip(accounts(number, random), faults, strict=True):
        done = fault.plant(account) if fault else Planted(line(*account.cells()), account)
        if fault:
            made.planted.append((len(lines) + 1, fault, done))
        if done.account:
            made.lines[done.account.account_number] = len(lines) + 1
        lines += f"{done.text}{spare}".split("\n")
        if done.account:
            made.truth[done.account.account_number] = done.account
            if fault and fault.is_known:
                made.known.append(fault.before(done.account))
    made.text = "\n".join(lines) + "\n"
    return made


def try_import(made: Made, folder: Path, biller: Biller) -> Outcome:
    path = folder / "planted.csv"
    path.write_text(made.text, encoding="utf-8")
    UtilityAccount.objects.bulk_create(
        UtilityAccount(biller=biller, **asdict(known)) for known in made.known
    )
    said, log = StringIO(), StringIO()
    call_command("import_accounts", path, biller=biller.slug, stdout=said, stderr=log)
    return compare(made, said.getvalue(), biller)


def compare(made: Made, said: str, biller: Biller) -> Outcome:
    found = {
        number: Account(number, *others)
        for number, *others in biller.accounts.values_list(*COLUMNS)
    }
    outcome = Outcome()
    for number, account in found.items():
        if account != made.truth.get(number):
            outcome.wrong.append(f"{account} is not {made.truth.get(number)}")
    causes = said.splitlines()
    # A line below an unclosed quotation mark may be the other half of its name.
    halves = {cause.split()[1] for cause in causes if "may belong to the line above" in cause}
    lost = made.truth.keys() - found.keys()
    outcome.wrong += [f"{n} did not come" for n in lost if str(made.lines[n]) not in halves]
    for number, fault, _planted in made.planted:
        getattr(outcome, fault.fate)[fault.name] += 1
        if fault.fate == "refused" and not _is_refused(number, fault, causes):
            outcome.untold.append(f"line {number}: {fault.name}")
    for fault in made.faults:
        if fault.fate == "told" and not any(fault.said in cause for cause in causes):
            outcome.untold.append(fault.name)
    return outcome


def _is_refused(number: int, fault: Fault, causes: list[str]) -> bool:
    starts = tuple(f"row {number + more} rejected: " for more in range(fault.lines + 1))
    return any(cause.startswith(starts) and fault.said in cause for cause in causes)
