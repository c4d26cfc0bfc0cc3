"""What clients send: the filters of lists and reports."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from services.reporting.domain.actions import entity_named
from services.reporting.domain.analytics import MOST_COMPARED, PeriodType
from services.reporting.domain.backups import BackupFormat, Location
from services.reporting.domain.backups import Frequency as BackupFrequency
from services.reporting.domain.sessions import ReportType
from services.reporting.domain.subscriptions import Frequency
from services.reporting.queries.trail import EntryOrder
from shared.fields import BodySchema, Day, From, IdFilter, Text, To
from shared.files.formats import MAX_PDF_ROWS, FileFormat
from shared.web.format_query import FormatQuery
from shared.web.list_jobs import JobFilters

_NO_FILTER = "all"


def _file_format(description: str) -> fields.Enum[FileFormat]:
    description += f" A PDF has at most {MAX_PDF_ROWS:,} rows."
    return fields.Enum(FileFormat, by_value=True, metadata={"description": description})


def _take_other_name(schema: Schema, filters: dict[str, Any], name: str) -> None:
    """Take what came by the other name of a field. Raises ValidationError where both are given and say different
    things."""
    given = filters.pop(f"other_{name}", None)
    if given is not None and filters.setdefault(name, given) != given:
        fault = f"Must be the same as {schema.fields[name].data_key}, or be left out."
        raise ValidationError(fault, str(schema.fields[f"other_{name}"].data_key))


class AuditFilters(BodySchema):
    """What narrows the audit trail."""

    actor_id = IdFilter(data_key="actorUserId")
    entity_name = Text(data_key="entityName", max=100)
    entity_id = Text(data_key="entityId", max=100)
    action = Text(max=100)
    search = Text(max=100)
    since = From(data_key="dateFrom")
    until = To(data_key="dateTo")

    @post_load
    def _translate(self, filters: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The web client's drop-downs say `all` for no filter, and use names from before."""
        for name in ("entity_name", "action"):
            if filters.get(name, "").lower() == _NO_FILTER:
                del filters[name]
        if "entity_name" in filters:
            filters["entity_name"] = entity_named(filters["entity_name"])
        return filters


class AuditQuery(AuditFilters):
    """What narrows the list of the audit trail, and which end of it comes first."""

    order = fields.Enum(
        EntryOrder,
        by_value=True,
        load_default=EntryOrder.NEWEST,
        metadata={"description": "Which come first, by when it was done."},
    )


class VerificationQuery(BodySchema):
    """Whether to verify anew, however fresh the last result is."""

    fresh = fields.Boolean(load_default=False)


class AuditExportQuery(AuditFilters, FormatQuery):
    """What narrows an export of the audit trail, and as what it comes."""


class OfficerFilters(BodySchema):
    """Whose officers are asked for; only an admin may choose."""

    supervisor_id = IdFilter(data_key="supervisorId")


class DashboardFilters(OfficerFilters):
    """Whose dashboard is asked for, and of the loans made when."""

    start = From(data_key="periodStart")
    end = To(data_key="periodEnd")

    @validates_schema
    def _check_order(self, filters: dict[str, Any], **_: Any) -> None:
        start, end = filters.get("start"), filters.get("end")
        if start and end and end < start:
            raise ValidationError("Must not be before periodStart.", "periodEnd")


class _PeriodByEitherName(DashboardFilters):
    """The period by the names that reports of the catalogue have for it, too, so that nobody who mixes them up is
    given another period than they asked for."""

    other_start = From(data_key="from", metadata={"description": "Another name of `periodStart`."})
    other_end = To(data_key="to", metadata={"description": "Another name of `periodEnd`."})

    @post_load
    def _take_either(self, filters: dict[str, Any], **_: Any) -> dict[str, Any]:
        _take_other_name(self, filters, "start")
        _take_other_name(self, filters, "end")
        self._check_order(filters)
        return filters


class ActivityFilters(_PeriodByEitherName):
    """Whose activity is asked for, and when."""

    start = From(data_key="periodStart", metadata={"description": "From then on; 29 days before the end without one."})
    end = To(data_key="periodEnd", metadata={"description": "Until then; the end of today without one."})


class SessionFilters(BodySchema):
    """Whose reports are listed; of anybody's only an admin sees."""

    supervisor_id = IdFilter(
        data_key="supervisorId",
        metadata={"description": "Whose reports; only an admin may choose, for others they are their own."},
    )


class GenerateBody(DashboardFilters):
    """A report that is to be kept: of which period, and whose."""

    report_type = fields.String(
        data_key="reportType", required=True, validate=validate.OneOf([kind.value for kind in ReportType])
    )
    start = From(data_key="periodStart", required=True)
    end = To(data_key="periodEnd", required=True)
    title = Text(max=200, blank_is_none=True)
    supervisor_id = IdFilter(
        data_key="supervisorId",
        allow_none=True,
        metadata={"description": "Whose team; only an admin may choose, for others it is their own."},
    )


class DashboardQuery(_PeriodByEitherName):
    """The dashboard on screen, or as a file."""

    format = _file_format("Ask for a file instead, with charts where it is a PDF.")


class AnalyticsFilters(BodySchema):
    """The calendar period that figures are of: the one that today lies in."""

    period = fields.String(
        data_key="periodType",
        load_default=PeriodType.MONTHLY.value,
        allow_none=True,
        validate=validate.OneOf([period.value for period in PeriodType]),
    )

    @post_load
    def _name_the_period(self, filters: dict[str, Any], **_: Any) -> dict[str, Any]:
        return filters | {"period": PeriodType(filters["period"] or PeriodType.MONTHLY)}


class ComparisonBody(AnalyticsFilters):
    """Which unions are compared, in this order."""

    union_ids = fields.List(
        fields.UUID(), data_key="branchIds", required=True, validate=validate.Length(min=1, max=MOST_COMPARED)
    )


class ReportFilters(OfficerFilters):
    """What a report of the catalogue is asked for; each report says which of these it takes, and refuses the others."""

    first = Day(data_key="from")
    last = Day(data_key="to")
    other_first = Day(
        data_key="periodStart", metadata={"description": "Another name of `from`: the one that the dashboard has."}
    )
    other_last = Day(data_key="periodEnd", metadata={"description": "Another name of `to`."})
    as_of = Day(data_key="asOf")
    officer_id = IdFilter(data_key="officerId")
    union_id = IdFilter(data_key="unionId")
    loan_type_id = IdFilter(data_key="loanTypeId")
    format = _file_format("Ask for a file with all rows instead of a page of them.")

    @post_load
    def _take_either(self, filters: dict[str, Any], **_: Any) -> dict[str, Any]:
        _take_other_name(self, filters, "first")
        _take_other_name(self, filters, "last")
        first, last = filters.get("first"), filters.get("last")
        if first and last and last < first:
            raise ValidationError("Must not be before from.", "to")
        return filters


class BackupBody(BodySchema):
    """What a backup has in it beside the books, where it is kept, and as what it is downloaded."""

    include_audit_logs = fields.Boolean(data_key="includeAuditLogs", load_default=False)
    include_sessions = fields.Boolean(data_key="includeSessions", load_default=False)
    location = fields.Enum(Location, by_value=True, load_default=Location.LOCAL)
    format = fields.Enum(BackupFormat, by_value=True, load_default=BackupFormat.JSON)


class BackupFormatQuery(BodySchema):
    """As what a backup is downloaded."""

    format = fields.String(
        load_default=None,
        validate=validate.OneOf(["json", "csv", "sealed"]),
        metadata={"description": "As what it comes; without it as what it was made for."},
    )


class BackupScheduleBody(BodySchema):
    """What is to be another of the schedule of backups."""

    frequency = fields.Enum(BackupFrequency, by_value=True)
    location = fields.Enum(Location, by_value=True)
    retention_days = fields.Integer(data_key="retentionDays", strict=True, validate=validate.Range(1, 3650))
    include_audit_logs = fields.Boolean(data_key="includeAuditLogs")
    include_sessions = fields.Boolean(data_key="includeSessions")


class RestoreBackupBody(BodySchema):
    """A file as it was downloaded, or a backup that is kept here. `leaveOut` agrees that what of a file of the replaced
    system has no place here is left out."""

    backup_data = fields.Dict(data_key="backupData")
    backup_id = fields.UUID(data_key="backupId")
    leave_out = fields.Bool(data_key="leaveOut")


class ResetBody(BodySchema):
    """That everything is to be removed, typed out."""

    confirmation_token = Text(data_key="confirmationToken", required=True, max=20)


class JobBody(BodySchema):
    """What is to be made: a report of the catalogue by its name, or `audit-logs`, as what, and for what."""

    name = Text(required=True, max=100)
    format = fields.Enum(FileFormat, by_value=True, load_default=FileFormat.XLSX)
    filters = JobFilters(load_default=dict)


class SubscriptionBody(BodySchema):
    """A report of the catalogue, as what, narrowed to what, and how often; `day` of the week or of the month."""

    name = Text(required=True, max=100)
    format = fields.Enum(FileFormat, by_value=True, load_default=FileFormat.PDF)
    filters = JobFilters(load_default=dict)
    frequency = fields.Enum(Frequency, by_value=True, required=True)
    day = fields.Integer(strict=True, load_default=1, validate=validate.Range(1, 28))


class SubscriptionChangesBody(BodySchema):
    """What is to be another of a subscription."""

    name = Text(max=100)
    format = fields.Enum(FileFormat, by_value=True)
    filters = JobFilters()
    frequency = fields.Enum(Frequency, by_value=True)
    day = fields.Integer(strict=True, validate=validate.Range(1, 28))
