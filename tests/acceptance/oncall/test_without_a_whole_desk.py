"""Trouble that needs no process: a permit that nobody knows of, a machine whose clock is wrong."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from agents import asking_back
from checkpoints.actions import deciding
from checkpoints.actions.by_runs import acting
from checkpoints.core.lifecycle import Permit
from checkpoints.core.model import Verdict
from tests.acceptance.oncall.pages import Page
from tests.integration.shell.commands import Shell
from tests.stage.desks import Office, spend

AHEAD = 400
CLOCK = f"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec *t) {{
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int said = real(id, t);
    if (id == CLOCK_REALTIME) t->tv_sec += {AHEAD};
    return said;
}}
"""
"""What libfaketime does: this machine's clock, 400 seconds ahead, for one process and its children."""


def page_for(shell: Shell, name: str, *instead: tuple[str, str], **more: str) -> Page:
    ours = {key: value for key, value in shell.environment.items() if key.startswith("COUNTERSIGN_")}
    return Page(name, ours | more, instead)


@pytest.mark.long
def test_a_permit_is_unknown(office: Office, shell: Shell) -> None:
    run = office.case()
    point = office.ask(run, spend())
    press = deciding.Press(point.id, point.revision, point.digest, Verdict.APPROVE)
    approved = deciding.answer(office.desk, office.ada, press)
    step = acting.begin(office.asker, run, approved, "act", approved.digest, {})
    acting.finish(office.asker, run, step.id, "unknown", None)
    nobody_asked = page_for(shell, "permit-unknown")
    assert "nobody has been asked yet" in nobody_asked.notice()
    request = asking_back.reconcile(approved.label, approved.id, "Hermes", "act", "noon")
    asked = office.ask(run, request, "reconcile")

    page = page_for(shell, "permit-unknown", ("read-later-digest/6", asked.label))
    assert f"{asked.label} asks about it" in page.notice()
    page.follow()
    page.see_it_is_over()
    assert office.show(approved).permit is Permit.DONE


@pytest.mark.promise("G6.2")
def test_this_machines_clock_is_wrong(shell: Shell, tmp_path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("a wrong clock for one process is compiled: install a C compiler")
    source, library = tmp_path / "clock.c", tmp_path / "clock.so"
    source.write_text(CLOCK)
    subprocess.run([compiler, "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
    wrong = page_for(shell, "clock-wrong", LD_PRELOAD=str(library))
    assert f"{AHEAD:+d} s off the database's" in wrong.notice()
    right = page_for(shell, "clock-wrong")
    right.follow()
    right.see_it_is_over()
