"""The settings in the words of the web client, which events and audit entries use too."""

from typing import Any

from services.identity.domain.institution import Institution
from services.identity.domain.mail import MailStatus
from services.identity.domain.templates import Kept, template_id
from shared.wire import PublicFile, money, timestamp

Json = dict[str, Any]

MASK = "********"


def public_settings(institution: Institution) -> Json:
    """What anybody may know of the institution."""
    return {
        "name": institution.name,
        "logo": PublicFile.url(institution.logo),
        "loginLogo": PublicFile.url(institution.login_logo),
        "favicon": PublicFile.url(institution.favicon),
        "theme": institution.theme,
        "maintenanceMode": institution.maintenance_mode,
        "maintenanceMessage": institution.maintenance_message,
    }


def company_settings(institution: Institution) -> Json:
    """What the institution calls itself, and how it writes dates and amounts."""
    return public_settings(institution) | {
        "id": institution.id,
        "email": institution.email,
        "phone": institution.phone,
        "address": institution.address,
        "currency": institution.currency,
        "currencySymbol": institution.currency_symbol,
        "dateFormat": institution.date_format,
        "timeFormat": institution.time_format,
        "timezone": institution.timezone,
        "invoicePrefix": institution.invoice_prefix,
        "expensePrefix": institution.expense_prefix,
        "createdAt": timestamp(institution.created_at),
        "updatedAt": timestamp(institution.updated_at),
    }


def general_settings(institution: Institution) -> Json:
    """Who may come in and how."""
    return {
        "systemName": institution.system_name,
        "systemVersion": institution.system_version,
        "maintenanceMode": institution.maintenance_mode,
        "maintenanceMessage": institution.maintenance_message,
        "allowRegistration": institution.allow_registration,
        "sessionTimeout": institution.session_timeout_hours,
        "maxLoginAttempts": institution.max_login_attempts,
        "passwordMinLength": institution.password_min_length,
        "requirePasswordChange": institution.require_password_change,
        "allowRepaymentReversal": institution.allow_repayment_reversal,
        "passwordsByCreator": institution.passwords_by_creator,
        "separationDays": institution.separation_days,
        "fourEyes": institution.four_eyes,
        "fourEyesAmount": money(institution.four_eyes_amount),
        "idleTimeout": institution.idle_timeout_hours,
    }


def system_settings(institution: Institution) -> Json:
    """How the platform is run."""
    return {
        "backupFrequency": institution.backup_frequency,
        "logRetentionDays": institution.log_retention_days,
        "maxFileSize": institution.max_file_size,
        "allowedFileTypes": institution.allowed_file_types,
        "notificationSettings": {
            "emailNotifications": institution.email_notifications,
            "smsNotifications": institution.sms_notifications,
            "pushNotifications": institution.push_notifications,
        },
    }


def all_settings(institution: Institution) -> Json:
    """Everything but the mail server, which holds a secret."""
    return company_settings(institution) | general_settings(institution) | system_settings(institution)


def email_settings(settings: Any) -> Json:
    """How mail is sent. Of the password only whether there is one."""
    return {
        "smtpHost": settings.smtp_host,
        "smtpPort": settings.smtp_port,
        "smtpUsername": settings.smtp_username,
        "smtpPassword": MASK if settings.smtp_password else "",
        "smtpEncryption": settings.smtp_encryption,
        "fromEmail": settings.from_email,
        "fromName": settings.from_name,
        "enabled": settings.enabled,
    }


def template(kept: Kept) -> Json:
    """An e-mail template as it is now."""
    shown = kept.template
    return {
        "id": str(template_id(shown.key)),
        "key": shown.key,
        "module": shown.module,
        "subject": shown.subject,
        "content": shown.content,
        "emailEnabled": shown.email_enabled,
        "smsEnabled": shown.sms_enabled,
        "variables": list(shown.variables),
        "updatedAt": timestamp(kept.updated_at),
    }


def mail(row: Any) -> Json:
    """A mail in the queue, or what became of it."""
    is_waiting = row.status == MailStatus.PENDING
    return {
        "id": str(row.id),
        "template": row.template,
        "to": row.recipient,
        "status": row.status,
        "attempts": row.attempts,
        "error": row.error,
        "subject": row.subject,
        "content": row.content,
        "createdAt": timestamp(row.created_at),
        "nextTryAt": timestamp(row.next_try_at) if is_waiting else None,
        "finishedAt": timestamp(row.finished_at),
    }
