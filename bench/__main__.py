"""`python -m bench`: starts a platform of its own, seeds it, and measures it through its gateway.

All figures that depend on the machine are also given in units of H, the time of one bcrypt hash. See docs/bench.md.
"""

import argparse
import os
import platform as machine
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from bench.capacity import OFFICERS, show_capacity
from bench.compare import NotComparable, read_run, show_changes
from bench.plan import QUICK, WHOLE
from bench.report import show, show_close_day, show_missing_causes, show_verdicts
from bench.results import Results, save
from bench.run import CODE, FAULTS, measure_all, say, seeded
from bench.verdicts import Verdict, verdicts
from bench.versions import FOLDER, OURS, check_out, measure_version, version_of
from deploy.local.platform import temporary_platform

LARGE, CATCH_UP, OF_HOSTS = 200_000, 10_000, 2_000


def main() -> None:
    """Measure, print and save, or compare; exits with 1 when the platform does not start or does not answer."""
    options = _parser().parse_args()
    try:
        if options.compare:
            _compare(*(text.split(",") for text in options.compare))
        elif options.against:
            _measure_against(options)
        elif options.code:
            sys.exit(measure_version(options.code, _passed_on(options, options.output)))
        elif part := _part_asked_for(options):
            sys.exit(part())
        else:
            _measure(options)
    except (*FAULTS, NotComparable) as error:
        sys.exit(f"bench: {error}")


def _part_asked_for(options: argparse.Namespace) -> Callable[[], int] | None:
    """What is to be looked at alone, if anything; it returns the exit status."""
    parts: tuple[tuple[object, Callable[[], int]], ...] = (
        (options.close_day, lambda: _close_day(options.close_day)),
        (options.managers or options.backup, lambda: _in_one_book(options.managers, options.backup)),
        (options.files, _files),
        (options.console, _console),
        (options.capacity, lambda: show_capacity(options.capacity, options.officers)),
        (options.hosts, lambda: _hosts(options.hosts)),
        (options.missing_causes, lambda: _missing_causes(options.missing_causes)),
    )
    return next((part for asked, part in parts if asked), None)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    add = parser.add_argument
    add("--size", type=int, default=10_000, help="loans in the book; default: %(default)s")
    add("--quick", action="store_true", help="only what tells most, in a few minutes")
    add("--large", type=int, nargs="?", const=LARGE, metavar="LOANS", help=f"also in a larger book, say of {LARGE}")
    add("--output", type=Path, metavar="FILE", help="where to save the run; default: a new file in .local/bench")
    add("--code", type=Path, metavar="FOLDER", help="measure the code in this folder, not that beside the bench")
    add("--against", metavar="COMMIT", help="measure the code of a commit and then this one, and compare them")
    add(
        "--rounds",
        type=int,
        default=1,
        metavar="N",
        help="of --against: each so often, in turn",
    )
    add(
        "--compare",
        nargs=2,
        metavar=("BEFORE", "AFTER"),
        help="only compare saved runs; several on a side are joined by commas, and their medians are compared",
    )
    add(
        "--close-day",
        type=int,
        nargs="?",
        const=LARGE,
        metavar="LOANS",
        help=f"only how fast a day is closed, in a book of so many; {LARGE} if not said",
    )
    add(
        "--missing-causes",
        type=int,
        nargs="?",
        const=CATCH_UP,
        metavar="EVENTS",
        help=f"only how fast lending catches up on so many payments, many of unknown loans; {CATCH_UP} if not said",
    )
    add(
        "--backup",
        type=int,
        nargs="?",
        const=LARGE,
        metavar="LOANS",
        help=f"only a backup of a book of so many, {LARGE} if not said, and how others fare meanwhile",
    )
    add(
        "--managers",
        type=int,
        nargs="?",
        const=LARGE,
        metavar="LOANS",
        help=f"only what managers wait for in a book of so many, {LARGE} if not said; with --backup in the same book",
    )
    add(
        "--hosts",
        type=int,
        nargs="?",
        const=OF_HOSTS,
        metavar="LOANS",
        help=f"only two hosts against one, as root, in a book of so many; {OF_HOSTS} if not said",
    )
    add("--files", action="store_true", help="only how fast files are written, and what memory that takes")
    add("--capacity", type=Path, metavar="RUN.json", help="only what a saved run says of a larger institution")
    add("--officers", type=int, default=OFFICERS, help="of --capacity; default: %(default)s")
    add("--console", action="store_true", help="only how soon an officer can use the console, in a browser")
    return parser


def _measure(options: argparse.Namespace) -> None:
    system = f"{os.cpu_count()} cores, Python {machine.python_version()}"
    results = Results(version_of(CODE), options.size, system)
    output = options.output or _new_file("run")
    plan = QUICK if options.quick else WHOLE
    measured = measure_all(results, plan, output.with_suffix(""), options.large)
    show(results, measured)
    judged = [asdict(verdict) for verdict in verdicts(results, measured)]
    save(results, {"verdicts": judged}, output)
    print(f"\nWritten to {output}")


def _measure_against(options: argparse.Namespace) -> None:
    """In turn, the other way round each time, so that neither version always has the warmer machine."""
    versions = {"before": check_out(options.against), "after": OURS}
    runs: dict[str, list[Path]] = {name: [] for name in versions}
    for turn in range(options.rounds):
        for name in sorted(versions, reverse=turn % 2 == 0):
            output = _new_file(f"{name}-{turn + 1}")
            say(f"{name}, round {turn + 1} of {options.rounds}: {versions[name]}")
            if measure_version(versions[name], _passed_on(options, output)):
                sys.exit(f"bench: the version {name} could not be measured.")
            runs[name].append(output)
    _compare(runs["before"], runs["after"])


def _compare(before: Sequence[Path | str], after: Sequence[Path | str]) -> None:
    show_changes([read_run(Path(path)) for path in before], [read_run(Path(path)) for path in after])


def _passed_on(options: argparse.Namespace, output: Path | None) -> list[str]:
    """The options for the bench that measures one version."""
    arguments = ["--size", str(options.size)]
    if options.quick:
        arguments.append("--quick")
    for name, value in (("large", options.large), ("close-day", options.close_day)):
        if value:
            arguments += [f"--{name}", str(value)]
    return [*arguments, "--output", str(output.resolve())] if output else arguments


def _close_day(loans: int) -> int:
    # Only here, and the same below, for these need more of the measured code than older code has.
    from bench.close_day import measure_close_day

    say(f"closing a day on {loans:,} loans")
    return show_close_day(loans, measure_close_day(loans))


def _in_one_book(managers: int | None, backup: int | None) -> int:
    from bench.backup import measure_backup
    from bench.managers import await_history, measure_managers

    loans = max(managers or 0, backup or 0)
    found: list[Verdict] = []
    with temporary_platform() as platform:
        sample = seeded(platform, loans, is_audited=False)
        if managers:
            found += measure_managers(platform, sample, loans)
        if backup:
            await_history(platform)
            found += measure_backup(platform, sample, loans)
    return show_verdicts(found)


def _missing_causes(events: int) -> int:
    from bench.missing_causes import measure_missing_causes

    say(f"catching up on {events:,} payments, one in three on a loan that is not known")
    return show_missing_causes(measure_missing_causes(events))


def _hosts(loans: int) -> int:
    from bench.hosts import measure_hosts
    from bench.hosts_report import show_hosts

    # What outlives this process, as namespaces do, is removed also when somebody else ends it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return show_hosts(measure_hosts(loans))


def _console() -> int:
    from bench.console import measure_console

    return show_verdicts(list(measure_console()))


def _files() -> int:
    from bench.files import measure_files

    say("writing files")
    return show_verdicts(list(measure_files()))


def _new_file(what: str) -> Path:
    return FOLDER / f"{time.strftime('%Y-%m-%d-%H%M%S')}-{what}.json"


if __name__ == "__main__":
    main()
