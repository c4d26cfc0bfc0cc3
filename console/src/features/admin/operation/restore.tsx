import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import type { Body, Data } from "@/api/types";
import { shownMoment } from "@/lib/days";
import { t } from "@/lib/text";
import { Badge, Notice, Section } from "@/ui/card";
import { Confirm } from "@/ui/confirm";
import { TextField } from "@/ui/field";
import { Loaded } from "@/ui/loaded";
import { type Column, Table } from "@/ui/table";

export const RESTORES = "/api/backup/restores";
const ASK_MS = 2000;
export type Restore = Data<typeof RESTORES, "get">[number];
export type RestoreBody = Body<"/api/backup/restore", "post">;

type RestoreDialogProps = {
  of: string;
  body: RestoreBody;
  /** Whether it is sealed to keys that are kept elsewhere. */
  needsKey?: boolean;
  /** Hears that it was refused, once what is known of it was read. */
  onRefused?: () => void;
  onClose: () => void;
};

/** Asks, by a word that has to be typed, before all data is replaced by that of a backup. */
export function RestoreDialog({ of, body, needsKey = false, onRefused, onClose }: RestoreDialogProps) {
  const queries = useQueryClient();
  const [key, setKey] = useState("");
  const look = () => queries.invalidateQueries({ queryKey: [RESTORES] });
  return (
    <Confirm
      title={t("admin.restore.title")}
      yes={t("admin.restore.yes")}
      danger
      word="RESTORE"
      isReady={!needsKey || key.trim() !== ""}
      act={() =>
        call("post", "/api/backup/restore", { body, ...(needsKey ? { headers: { "X-Backup-Key": key.trim() } } : {}) })
      }
      onDone={look}
      onRefused={() => void look().then(onRefused)}
      onClose={onClose}
    >
      <p>{t("admin.restore.explain", { of })}</p>
      <Notice tone="warn">{t("admin.restore.lost")}</Notice>
      {needsKey && (
        <TextField
          label={t("admin.restore.key")}
          hint={t("admin.restore.keyHint")}
          type="password"
          autoComplete="off"
          value={key}
          onChange={event => setKey(event.target.value)}
        />
      )}
    </Confirm>
  );
}

const TONES = { done: "good", failed: "bad" } as const;

const columns = (): readonly Column<Restore>[] => [
  { name: t("admin.restore.begun"), cell: ({ createdAt }) => shownMoment(createdAt) },
  {
    name: t("admin.state"),
    cell: ({ state, error, leftovers }) => (
      <span className="inline-flex flex-wrap items-center gap-2">
        <Badge tone={TONES[state as keyof typeof TONES] ?? "warn"}>{t(`admin.restoreState.${state}`)}</Badge>{" "}
        {leftovers.length ? t("admin.leftovers.many", { count: countOf(leftovers) }) : error}
      </span>
    ),
  },
  { name: t("admin.restore.source"), cell: ({ source }) => source, long: true },
  { name: t("admin.restore.to"), cell: ({ restoredTo }) => restoredTo && shownMoment(restoredTo), roomy: true },
];

/** How many records have no place here. */
export function countOf(leftovers: Restore["leftovers"]): number {
  return leftovers.reduce((sum, { count }) => sum + count, 0);
}

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
