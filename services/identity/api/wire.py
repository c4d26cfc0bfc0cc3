"""Answers as the web client reads them, written by hand because lists of them are long."""

from typing import Any

from sqlalchemy import Row

from services.identity.models import User
from shared.wire import timestamp

Json = dict[str, Any]


def profile(row: Row[Any]) -> Json:
    """Somebody's own account."""
    return {
        "id": str(row.id),
        "email": row.email,
        "firstName": row.first_name,
        "lastName": row.last_name,
        "phone": row.phone,
        "address": row.address,
        "profileImage": row.profile_image,
        "role": row.role.value,
        "isActive": row.is_active,
        "supervisorId": str(row.supervisor_id) if row.supervisor_id else None,
        "supervisor": _supervisor(row),
        "createdAt": timestamp(row.created_at),
        "updatedAt": timestamp(row.updated_at),
    }


def user_row(row: Row[Any]) -> Json:
    """An account as administrators see it."""
    return profile(row) | {
        "loginCount": row.login_count,
        "lastLoginAt": timestamp(row.last_login_at),
        "lastActivityAt": timestamp(row.last_activity_at),
    }


def user_ref(row: Row[Any] | User) -> Json:
    """Who somebody is."""
    return {"id": str(row.id), "email": row.email, "firstName": row.first_name, "lastName": row.last_name}


def _supervisor(row: Row[Any]) -> Json | None:
    if row.supervisor_id is None:
        return None
    return {
        "id": str(row.supervisor_id),
        "email": row.supervisor_email,
        "firstName": row.supervisor_first_name,
        "lastName": row.supervisor_last_name,
    }


def public_settings(row: Row[Any]) -> Json:
    """What anybody may know of the institution."""
    return {
        "name": row.name,
        "logo": row.logo,
        "loginLogo": row.login_logo,
        "favicon": row.favicon,
        "theme": row.theme,
        "maintenanceMode": row.maintenance_mode,
        "maintenanceMessage": row.maintenance_message,
    }


def company_settings(row: Row[Any]) -> Json:
    """All settings of the institution."""
    return public_settings(row) | {
        "id": row.id,
        "email": row.email,
        "phone": row.phone,
        "address": row.address,
        "currency": row.currency,
        "currencySymbol": row.currency_symbol,
        "dateFormat": row.date_format,
        "timeFormat": row.time_format,
        "timezone": row.timezone,
        "invoicePrefix": row.invoice_prefix,
        "expensePrefix": row.expense_prefix,
        "createdAt": timestamp(row.created_at),
        "updatedAt": timestamp(row.updated_at),
    }
