import { useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import type { Data } from "@/api/types";
import { t } from "@/lib/text";
import { Card, Section } from "@/ui/card";
import { EntryForm } from "@/ui/entry-form";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Maintenance } from "./maintenance";

/** The institution: who it is, by which rules it works, and whether it is open. */
export function SettingsPage() {
  const company = useQuery(reading("/api/settings/company"));
  const general = useQuery(reading("/api/settings/general"));
  const system = useQuery(reading("/api/settings/system"));
  return (
    <Page title={t("admin.settings.title")} onBack={() => history.back()}>
      <Section title={t("admin.settings.company")}>
        <Loaded query={company} lines={3}>
          {({ data }) => <Company settings={data} />}
        </Loaded>
      </Section>
      <Section title={t("admin.settings.rules")}>
        <Loaded query={general} lines={3}>
          {({ data }) => <Rules settings={data} />}
        </Loaded>
      </Section>
      <Section title={t("admin.settings.housekeeping")}>
        <Loaded query={system} lines={1}>
          {({ data }) => <Housekeeping settings={data} />}
        </Loaded>
      </Section>
      <Section title={t("admin.maintenance.title")}>
        <Loaded query={general} lines={1}>
          {({ data }) => <Maintenance isOn={data.maintenanceMode} message={data.maintenanceMessage} />}
        </Loaded>
      </Section>
    </Page>
  );
}

function useSaved(): () => Promise<void> {
  const queries = useQueryClient();
  return () => queries.invalidateQueries();
}

function Company({ settings }: { settings: Data<"/api/settings/company", "get"> }) {
  const initial = {
    name: settings.name,
    email: settings.email ?? "",
    phone: settings.phone ?? "",
    address: settings.address ?? "",
  };
  return (
    <Card>
      <EntryForm
        columns
        initial={initial}
        submit={t("admin.save")}
        save={body => call("put", "/api/settings/company", { body })}
        onSaved={useSaved()}
        entries={[
          { name: "name", label: t("admin.staff.name") },
          { name: "email", label: t("signIn.email"), kind: "email" },
          { name: "phone", label: t("me.phone"), kind: "tel", optional: true },
          { name: "address", label: t("member.address"), kind: "area", lines: 2, optional: true },
        ]}
      />
    </Card>
  );
}

function Rules({ settings }: { settings: Data<"/api/settings/general", "get"> }) {
  const { sessionTimeout, idleTimeout, maxLoginAttempts, passwordMinLength, separationDays, fourEyesAmount } = settings;
  const { requirePasswordChange, passwordsByCreator, fourEyes, allowRepaymentReversal } = settings;
  const initial = {
    sessionTimeout,
    idleTimeout,
    maxLoginAttempts,
    passwordMinLength,
    requirePasswordChange,
    passwordsByCreator,
    separationDays,
    fourEyesAmount,
    fourEyes,
    allowRepaymentReversal,
  };
  return (
    <Card>
      <EntryForm
        columns
        initial={initial}
        submit={t("admin.save")}
        save={body => call("put", "/api/settings/general", { body })}
        onSaved={useSaved()}
        entries={[
          { name: "sessionTimeout", label: t("admin.settings.sessionTimeout"), hint: t("admin.settings.zeroHours") },
          { name: "idleTimeout", label: t("admin.settings.idleTimeout"), hint: t("admin.settings.zeroHours") },
          { name: "maxLoginAttempts", label: t("admin.settings.maxLoginAttempts"), least: 1 },
          { name: "passwordMinLength", label: t("admin.settings.passwordMinLength"), least: 8 },
          { name: "requirePasswordChange", label: t("admin.settings.requirePasswordChange") },
          { name: "passwordsByCreator", label: t("admin.settings.passwordsByCreator") },
          { name: "fourEyes", label: t("admin.settings.fourEyes"), hint: t("admin.settings.fourEyesHint") },
          { name: "fourEyesAmount", label: t("admin.settings.fourEyesAmount"), hint: t("admin.inNaira") },
          {
            name: "separationDays",
            label: t("admin.settings.separationDays"),
            hint: t("admin.settings.separationHint"),
          },
          { name: "allowRepaymentReversal", label: t("admin.settings.allowRepaymentReversal") },
        ]}
      />
    </Card>
  );
}

function Housekeeping({ settings }: { settings: Data<"/api/settings/system", "get"> }) {
  const { logRetentionDays, notificationSettings } = settings;
  return (
    <Card>
      <EntryForm
        columns
        initial={{ logRetentionDays, emailNotifications: notificationSettings.emailNotifications }}
        submit={t("admin.save")}
        save={({ emailNotifications, ...body }) =>
          call("put", "/api/settings/system", { body: { ...body, notificationSettings: { emailNotifications } } })
        }
        onSaved={useSaved()}
        entries={[
          { name: "logRetentionDays", label: t("admin.settings.logRetentionDays"), least: 1 },
          { name: "emailNotifications", label: t("admin.settings.emailNotifications") },
        ]}
      />
    </Card>
  );
}
