from marshmallow import RAISE

from services.identity.api.schemas import CompanySettingsAnswer, PublicSettingsAnswer

PUBLIC = {"name", "logo", "loginLogo", "favicon", "theme", "maintenanceMode", "maintenanceMessage"}


def test_an_admin_reads_all_settings_which_start_with_the_defaults(client, admin):
    settings = client.get("/settings/company", headers=admin.headers).json["data"]
    CompanySettingsAnswer(unknown=RAISE).load(settings)
    defaults = {
        "id": "default", "currency": "NGN", "currencySymbol": "₦", "dateFormat": "DD/MM/YYYY", "timeFormat": "24h",
        "timezone": "Africa/Lagos", "invoicePrefix": "INV-", "expensePrefix": "EXP-", "maintenanceMode": False,
    }  # fmt: skip
    assert settings | defaults == settings


def test_others_read_the_public_part_signed_in_or_not(client, officer):
    settings = client.get("/settings/company", headers=officer.headers).json["data"]
    PublicSettingsAnswer(unknown=RAISE).load(settings)
    assert settings.keys() == PUBLIC
    assert client.get("/settings/public").json["data"] == settings
