import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import type { Body, Data } from "@/api/types";
import { shownMoment } from "@/lib/days";
import { t } from "@/lib/text";
import { Badge, Card, Notice, Section } from "@/ui/card";
import { Confirm } from "@/ui/confirm";
import { FileField } from "@/ui/field";
import { Loaded } from "@/ui/loaded";
import { type Column, Table } from "@/ui/table";

const RESTORES = "/api/backup/restores";
const ASK_MS = 2000;
type Restore = Data<typeof RESTORES, "get">[number];
type RestoreBody = Body<"/api/backup/restore", "post">;

/** Asks, by a word that has to be typed, before all data is replaced by that of a backup. */
export function RestoreDialog({ of, body, onClose }: { of: string; body: RestoreBody; onClose: () => void }) {
  const queries = useQueryClient();
  return (
    <Confirm
      title={t("admin.restore.title")}
      yes={t("admin.restore.yes")}
      danger
      word="RESTORE"
      act={() => call("post", "/api/backup/restore", { body })}
      onDone={() => queries.invalidateQueries({ queryKey: [RESTORES] })}
      onClose={onClose}
    >
      <p>{t("admin.restore.explain", { of })}</p>
      <Notice tone="warn">{t("admin.restore.lost")}</Notice>
    </Confirm>
  );
}

/** Goes back to a backup that was downloaded, from here or from another installation. */
export function RestoreFile() {
  const [chosen, setChosen] = useState<{ name: string; body: RestoreBody } | null>(null);
  const [isUnreadable, setUnreadable] = useState(false);
  async function choose(file: File | undefined) {
    if (!file) return;
    try {
      setChosen({ name: file.name, body: { backupData: JSON.parse(await file.text()) } });
      setUnreadable(false);
    } catch {
      setUnreadable(true);
    }
  }
  return (
    <Section title={t("admin.restore.fromFile")}>
      <Card>
        <FileField
          label={t("admin.restore.file")}
          hint={t("admin.restore.fileHint")}
          error={isUnreadable ? t("admin.restore.unreadable") : undefined}
          accept=".json,application/json"
          onChange={event => void choose(event.target.files?.[0])}
        />
      </Card>
      {chosen && <RestoreDialog of={chosen.name} body={chosen.body} onClose={() => setChosen(null)} />}
    </Section>
  );
}

const TONES = { done: "good", failed: "bad" } as const;

const columns = (): readonly Column<Restore>[] => [
  { name: t("admin.restore.begun"), cell: ({ createdAt }) => shownMoment(createdAt) },
  {
    name: t("admin.state"),
    cell: ({ state, error }) => (
      <span className="inline-flex flex-wrap items-center gap-2">
        <Badge tone={TONES[state as keyof typeof TONES] ?? "warn"}>{t(`admin.restoreState.${state}`)}</Badge> {error}
      </span>
    ),
  },
  { name: t("admin.restore.source"), cell: ({ source }) => source, long: true },
  { name: t("admin.restore.to"), cell: ({ restoredTo }) => restoredTo && shownMoment(restoredTo), roomy: true },
];

/** What was restored, and how far what is being restored is. */
export function Restores() {
  const query = useQuery({
    ...reading(RESTORES),
    refetchInterval: ({ state }) => (state.data?.data.some(isUnderWay) ? ASK_MS : false),
  });
  if (query.data?.data.length === 0) return null;
  return (
    <Section title={t("admin.restore.list")}>
      <Loaded query={query} lines={1}>
        {({ data }) => <Table label={t("admin.restore.list")} columns={columns()} rows={data} />}
      </Loaded>
    </Section>
  );
}

function isUnderWay({ state }: Restore): boolean {
  return state !== "done" && state !== "failed";
}
