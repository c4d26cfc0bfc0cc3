import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import type { Data } from "@/api/types";
import { shownMoment } from "@/lib/days";
import { t } from "@/lib/text";
import { Button, buttonClasses } from "@/ui/button";
import { Badge, Card, Notice, Section } from "@/ui/card";
import { Confirm } from "@/ui/confirm";
import { EntryForm } from "@/ui/entry-form";
import { Empty } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { type Column, Table } from "@/ui/table";
import { Reset } from "./reset";
import { RestoreDialog, Restores } from "./restore";
import { RestoreFile } from "./restore-file";
import { Schedule } from "./schedule";
import { shownSize } from "./size";

const LIST = "/api/backup/list";
const ASK_MS = 2000;
const TONES = { in_progress: "warn", completed: "good", failed: "bad" } as const;
export type Backup = Data<typeof LIST, "get">[number];

/** The platform's own backups: when they are made, what there is, and going back to one of them. */
export function BackupsPage() {
  const schedule = useQuery(reading("/api/backup/schedule"));
  return (
    <Page title={t("admin.backups.title")} onBack={() => history.back()} wide>
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <Section title={t("admin.backups.now")}>
          <Create />
        </Section>
        <Section title={t("admin.backups.schedule")}>
          <Loaded query={schedule} lines={2}>
            {({ data }) => <Schedule schedule={data} />}
          </Loaded>
        </Section>
      </div>
      <Backups />
      <RestoreFile />
      <Restores />
      {schedule.data?.data.resetAllowed && <Reset />}
    </Page>
  );
}

function Create() {
  const queries = useQueryClient();
  return (
    <Card className="grid gap-4">
      <p className="text-soft">{t("admin.backups.allSealed")}</p>
      <EntryForm
        initial={{ includeAuditLogs: true, includeSessions: false }}
        submit={t("admin.backups.make")}
        save={body => call("post", "/api/backup/create", { body })}
        onSaved={() => queries.invalidateQueries({ queryKey: [LIST] })}
        entries={[
          { name: "includeAuditLogs", label: t("admin.backups.audit") },
          { name: "includeSessions", label: t("admin.backups.sessions") },
        ]}
      />
    </Card>
  );
}

function Backups() {
  const queries = useQueryClient();
  const [restored, setRestored] = useState<Backup | null>(null);
  const [removed, setRemoved] = useState<Backup | null>(null);
  const query = useQuery({
    ...reading(LIST),
    // As long as one is being made.
    refetchInterval: ({ state }) => (state.data?.data.some(isUnderWay) ? ASK_MS : false),
  });
  const columns: readonly Column<Backup>[] = [
    { name: t("admin.backups.made"), cell: ({ createdAt }) => shownMoment(createdAt) },
    {
      name: t("admin.state"),
      cell: ({ status, error, needsOwnKey }) => (
        <span className="inline-flex flex-wrap items-center gap-2">
          <Badge tone={TONES[status]}>{t(`admin.backupStatus.${status}`)}</Badge>
          {needsOwnKey && <Badge tone="warn">{t("admin.backups.sealed")}</Badge>} {error}
        </span>
      ),
    },
    { name: t("admin.backups.kind"), cell: ({ type }) => t(`admin.backupKind.${type}`) },
    { name: t("admin.backups.size"), cell: ({ fileSize }) => shownSize(fileSize), right: true },
    {
      name: t("admin.backups.doWith"),
      cell: backup =>
        !isUnderWay(backup) && (
          <span className="inline-flex flex-wrap justify-end gap-2">
            {backup.status === "completed" && (
              <>
                <a
                  href={`/api/backup/download/${backup.id}${backup.needsOwnKey ? "?format=sealed" : ""}`}
                  download
                  className={buttonClasses("quiet", "min-h-11")}
                >
                  {t(backup.needsOwnKey ? "admin.backups.downloadSealed" : "admin.backups.download")}
                </a>
                <Button look="quiet" className="min-h-11" onClick={() => setRestored(backup)}>
                  {t("admin.backups.restore")}
                </Button>
              </>
            )}
            <Button look="caution" className="min-h-11" onClick={() => setRemoved(backup)}>
              {t("admin.delete")}
            </Button>
          </span>
        ),
    },
  ];
  return (
    <Section title={t("admin.backups.list")}>
      <Loaded query={query} lines={3}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty>{t("admin.backups.none")}</Empty>
          ) : (
            <>
              {data.some(({ needsOwnKey }) => needsOwnKey) && (
                <Notice tone="warn">{t("admin.backups.sealedExplain")}</Notice>
              )}
              <Table label={t("admin.backups.list")} columns={columns} rows={data} />
            </>
          )
        }
      </Loaded>
      {restored && (
        <RestoreDialog
          of={shownMoment(restored.cutAt ?? restored.createdAt)}
          body={{ backupId: restored.id }}
          needsKey={restored.needsOwnKey}
          onClose={() => setRestored(null)}
        />
      )}
      {removed && (
        <Confirm
          title={t("admin.backups.delete")}
          yes={t("admin.backups.delete")}
          danger
          act={() => call("delete", "/api/backup/{backup_id}", { path: { backup_id: removed.id } })}
          onDone={() => queries.invalidateQueries({ queryKey: [LIST] })}
          onClose={() => setRemoved(null)}
        >
          <p>{t("admin.backups.deleteExplain", { when: shownMoment(removed.createdAt) })}</p>
        </Confirm>
      )}
    </Section>
  );
}

function isUnderWay({ status }: Backup): boolean {
  return status === "in_progress";
}
