"""Asks a biller's Invoice Cloud how it differs from the contract, and prints the wire profile."""

import json
from argparse import ArgumentParser
from getpass import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from icsso.billers.models import Biller
from icsso.billers.probe_runs.probing import probe_of
from icsso.client.parsing import normal_password
from icsso.client.probe.probe import Probe
from icsso.client.probe.report import closing_lines, notice_lines, step_lines
from icsso.client.probe.results import StepResult, capture, exit_code
from icsso.client.probe.walk import Arguments


class Command(BaseCommand):
    help = (
        "Asks the Invoice Cloud of a biller how it differs from the contract, step by step, and"
        " prints the wire profile to paste. Read-only unless --write is given. Exits with 0 if"
        " nothing differs, 1 if something differs and works, and 2 if something is unusable. The"
        " report contains names and kinds, and no values."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("biller", help="short name, e.g. springfield-water")
        parser.add_argument("--account", required=True, help="an account that Invoice Cloud bills")
        parser.add_argument("--email", required=True, help="the email address it is registered to")
        parser.add_argument(
            "--ask-password",
            action="store_true",
            help="ask for the password at Invoice Cloud, without showing or keeping it",
        )
        parser.add_argument(
            "--guest-page", action="store_true", help="open one payment page; nothing is paid"
        )
        parser.add_argument(
            "--write",
            action="store_true",
            help="test account only: register, set password and email address to their current "
            "values, create customer",
        )
        parser.add_argument(
            "--capture",
            type=Path,
            metavar="FILE",
            help="write what went over the wire, every value replaced by its kind",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        biller = Biller.objects.filter(slug=options["biller"]).first()
        if biller is None:
            known = ", ".join(Biller.objects.values_list("slug", flat=True)) or "none"
            words = f"There is no biller {options['biller']}. There are: {known}."
            raise CommandError(words, returncode=2)
        if not biller.api_key:
            words = f"{biller.slug} has no API key yet. Enter it first."
            raise CommandError(words, returncode=2)
        password = None
        if options["ask_password"]:
            password = normal_password(getpass("Password at Invoice Cloud: "))
        arguments = Arguments(
            account_number=options["account"].strip(),
            email=options["email"].strip(),
            password=password,
            guest_page=options["guest_page"],
            write=options["write"],
        )
        probe = probe_of(biller, arguments)
        results = self._walked(probe)
        closing = closing_lines(
            results, probe.profile(), had_profile=probe.had_profile, remarks=probe.remarks
        )
        for line in closing:
            self.stdout.write(line)
        if options["capture"]:
            self._write(options["capture"], results)
        if code := exit_code(results):
            raise SystemExit(code)

    def _walked(self, probe: Probe) -> list[StepResult]:
        results: list[StepResult] = []
        for result in probe.results(announce=self._announce):
            results.append(result)
            for line in step_lines(len(results), result):
                self.stdout.write(line)
        return results

    def _announce(self, words: str) -> None:
        for line in notice_lines(words):
            self.stdout.write(line)

    def _write(self, file: Path, results: list[StepResult]) -> None:
        try:
            file.write_text(json.dumps(capture(results), indent=1) + "\n")
        except OSError as error:
            words = f"{file} cannot be written: {error.strerror}."
            raise CommandError(words, returncode=2) from None
        self.stdout.write(f"\nCapture written to {file}. It contains no values.")
