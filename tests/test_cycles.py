"""Cycles are looked for seldom while a command works, and as before when it has ended."""

from __future__ import annotations

import gc
import subprocess
import sys

from click.testing import CliRunner

from conformance.commands.main import main
from conformance.cycles import seldom_collected, uncollected


def test_cycles_are_looked_for_seldom_and_then_as_before() -> None:
    before = gc.get_threshold()
    try:
        gc.set_threshold(700, 10, 10)
        with seldom_collected():
            assert gc.get_threshold() == (50_000, 10, 10)
            with seldom_collected(), uncollected():
                assert not gc.isenabled()
            assert gc.isenabled()
        assert gc.get_threshold() == (700, 10, 10)
        CliRunner().invoke(main, ["nothing"])
        assert gc.get_threshold() == (700, 10, 10), "a command that ended badly leaves it as it was"
    finally:
        gc.set_threshold(*before)


def test_who_looks_more_seldom_or_not_at_all_is_not_overruled() -> None:
    before = gc.get_threshold()
    try:
        for chosen in ((90_000, 5, 5), (0, 10, 10)):
            gc.set_threshold(*chosen)
            with seldom_collected():
                assert gc.get_threshold() == chosen
        gc.disable()
        with uncollected():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()
        gc.set_threshold(*before)


def test_a_command_looks_through_nothing_when_its_process_ends() -> None:
    """What a module holds to the end would be looked through once more."""
    said = (
        "import gc, sys; from conformance.commands.main import main\n"
        "gc.callbacks.append(lambda when, info: when == 'start' and sys.stderr.write(f'{gc.get_freeze_count() > 1000} '))\n"
        "gc.collect(); main(['--version'])"
    )
    ended = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    first, *last = ended.stderr.split()
    assert (first, set(last)) == ("False", {"True"}), ended.stderr
