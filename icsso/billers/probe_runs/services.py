"""Runs the probe in the background. Passwords stay in the memory of this process: if it ends, the
run has to be started again."""

import logging
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from icsso.billers.models import Biller
from icsso.billers.probe_runs.models import ProbeRun
from icsso.billers.probe_runs.probing import probe_of
from icsso.client.probe.probe import Probe
from icsso.client.probe.results import Verdict
from icsso.client.probe.walk import Arguments

logger = logging.getLogger(__name__)
KEPT = 10  # runs of a biller
_threads = ThreadPoolExecutor(2, thread_name_prefix="probe")


def start(biller: Biller, arguments: Arguments, *, by: str) -> ProbeRun | None:
    """Starts a run and returns it; None if one is in progress. by: a staff user's email."""
    run = _created(biller, arguments, by=by)
    if run is None:
        return None
    probe = probe_of(biller, arguments)
    run.report(steps=probe.count)
    if settings.SYNCHRONISE_AFTERWARDS:
        _threads.submit(copy_context().run, _run_in_thread, run, probe)
    else:
        _run(run, probe)
    return run


def _created(biller: Biller, arguments: Arguments, *, by: str) -> ProbeRun | None:
    with transaction.atomic():
        Biller.objects.select_for_update().get(pk=biller.pk)  # one run at a time
        if biller.probe_runs.under_way().exists():
            return None
        for old in biller.probe_runs.all()[KEPT - 1 :]:
            old.delete()
        return biller.probe_runs.create(
            started_by=by,
            with_password=arguments.password is not None,
            guest_page=arguments.guest_page,
            write=arguments.write,
        )


def _run_in_thread(run: ProbeRun, probe: Probe) -> None:
    try:
        _run(run, probe)
    finally:
        connection.close()  # this thread's own, which is not closed at the end of a request


def _run(run: ProbeRun, probe: Probe) -> None:
    failed, known = False, probe.profile()
    try:
        for result in probe.results(announce=lambda words: run.report(announcement=words)):
            run.report(results=[*run.results, result.to_json()], announcement="")
    except Exception as error:  # nothing above this thread would catch it
        # Without the traceback and the text: they may contain values of the wire.
        logger.error("probe stopped: %s", type(error).__name__, extra={"probe": run.pk})
        failed = True
    learned = probe.profile()
    suggestion = learned if learned != known else None
    run.report(suggestion=suggestion, failed=failed, announcement="", finished_at=timezone.now())


def worst_verdict(run: ProbeRun) -> Verdict:
    """Returns the worst of its steps; skipped if nothing was asked."""
    order = (Verdict.UNUSABLE, Verdict.DIFFERS, Verdict.OK)
    found = {Verdict(result["verdict"]) for result in run.results}
    return next((verdict for verdict in order if verdict in found), Verdict.SKIPPED)
