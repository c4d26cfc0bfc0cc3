import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { reading } from "@/api/queries";
import { t, tOf } from "@/lib/text";
import { Button } from "@/ui/button";
import { Card, Notice, Section } from "@/ui/card";
import { FileField } from "@/ui/field";
import { type Column, Table } from "@/ui/table";
import { countOf, RESTORES, type Restore, type RestoreBody, RestoreDialog } from "./restore";

type Chosen = { name: string; backupData: NonNullable<RestoreBody["backupData"]> };

/** Goes back to a backup that was downloaded, from here, from another installation, or from the system before. */
export function RestoreFile() {
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [asked, setAsked] = useState<RestoreBody | null>(null);
  const [isUnreadable, setUnreadable] = useState(false);
  async function choose(file: File | undefined) {
    if (!file) return;
    try {
      const backupData = JSON.parse(await file.text());
      setChosen({ name: file.name, backupData });
      setAsked({ backupData });
      setUnreadable(false);
    } catch {
      setUnreadable(true);
    }
  }
  function showWhatIsInTheWay() {
    // Below the dialog, which would lie over it.
    if (queries.getQueryData(reading(RESTORES).queryKey)?.data[0]?.leftovers.length) setAsked(null);
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
      <InTheWay
        {...(chosen ? { onLeaveOut: () => setAsked({ backupData: chosen.backupData, leaveOut: true }) } : {})}
      />
      {asked && chosen && (
        <RestoreDialog of={chosen.name} body={asked} onRefused={showWhatIsInTheWay} onClose={() => setAsked(null)} />
      )}
    </Section>
  );
}

type Leftover = Restore["leftovers"][number] & { id: string };

const columns = (): readonly Column<Leftover>[] => [
  { name: t("admin.leftovers.what"), cell: ({ section }) => tOf("admin.section", section) },
  { name: t("admin.leftovers.why"), cell: ({ reason }) => reason },
  { name: t("admin.leftovers.count"), cell: ({ count }) => String(count), right: true },
];

/** What of the last file has no place here, and how to go on without it while the file is in hand. */
function InTheWay({ onLeaveOut }: { onLeaveOut?: () => void }) {
  const { data } = useQuery(reading(RESTORES));
  const last = data?.data[0];
  if (!last?.leftovers.length) return null;
  const rows = last.leftovers.map(each => ({ ...each, id: `${each.section} ${each.reason}` }));
  return (
    <div role="alert" className="grid gap-3">
      <Notice tone="warn">{t("admin.leftovers.explain", { count: countOf(last.leftovers) })}</Notice>
      <Table label={t("admin.leftovers.title")} columns={columns()} rows={rows} />
      {onLeaveOut ? (
        <Button look="caution" className="justify-self-start" onClick={onLeaveOut}>
          {t("admin.leftovers.leaveOut")}
        </Button>
      ) : (
        <p className="text-sm text-soft">{t("admin.leftovers.again")}</p>
      )}
    </div>
  );
}
