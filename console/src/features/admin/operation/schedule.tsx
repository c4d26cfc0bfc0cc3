import { useQueryClient } from "@tanstack/react-query";
import { call } from "@/api/client";
import type { Data } from "@/api/types";
import { shownMoment } from "@/lib/days";
import { t } from "@/lib/text";
import { Card, Facts } from "@/ui/card";
import { EntryForm } from "@/ui/entry-form";

const FREQUENCIES = ["disabled", "hourly", "daily", "weekly", "monthly"] as const;

/** When backups are made by themselves, and for how long they are kept. */
export function Schedule({ schedule }: { schedule: Data<"/api/backup/schedule", "get"> }) {
  const queries = useQueryClient();
  const { retentionDays, includeAuditLogs, includeSessions } = schedule;
  return (
    <Card className="grid gap-4">
      <EntryForm
        initial={{ frequency: schedule.frequency as string, retentionDays, includeAuditLogs, includeSessions }}
        submit={t("admin.save")}
        save={values => {
          const frequency = FREQUENCIES.find(known => known === values.frequency) ?? "disabled";
          return call("put", "/api/backup/schedule", { body: { ...values, frequency } });
        }}
        onSaved={() => queries.invalidateQueries({ queryKey: ["/api/backup/schedule"] })}
        entries={[
          {
            name: "frequency",
            label: t("admin.backups.frequency"),
            choices: FREQUENCIES.map(name => [name, t(`admin.frequency.${name}`)] as const),
          },
          { name: "retentionDays", label: t("admin.backups.keep"), least: 1 },
          { name: "includeAuditLogs", label: t("admin.backups.audit") },
          { name: "includeSessions", label: t("admin.backups.sessions") },
        ]}
      />
      <Facts
        facts={[
          [t("admin.backups.last"), schedule.lastBackupAt && shownMoment(schedule.lastBackupAt)],
          [t("admin.backups.next"), schedule.nextBackupAt && shownMoment(schedule.nextBackupAt)],
        ]}
      />
    </Card>
  );
}
