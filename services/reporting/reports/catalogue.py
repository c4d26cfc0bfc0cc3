"""All reports, found by their modules."""

from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from services.reporting import reports
from services.reporting.reports.definition import Report
from shared.errors import NotFound

_MODULES = (import_module(f"{reports.__name__}.{module.name}") for module in iter_modules(reports.__path__))


class ReportNotFound(NotFound):
    """The catalogue has no report of this name."""


def _by_name() -> dict[str, Report]:
    found = [vars(module)["REPORT"] for module in _MODULES if "REPORT" in vars(module)]
    return {report.definition.name: report for report in sorted(found, key=lambda each: each.definition.title)}


REPORTS = MappingProxyType(_by_name())
"""Every report by its name, in the order of their titles."""


def report_named(name: str) -> Report:
    """The report of this name. Raises ReportNotFound."""
    if name not in REPORTS:
        raise ReportNotFound("Report not found")
    return REPORTS[name]
