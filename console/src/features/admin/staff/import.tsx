import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "@/api/client";
import type { Data } from "@/api/types";
import { t } from "@/lib/text";
import { Button, buttonClasses } from "@/ui/button";
import { Badge, Card, Figure, Notice } from "@/ui/card";
import { wordsOf } from "@/ui/failure";
import { FileField } from "@/ui/field";
import { Page } from "@/ui/page";
import { type Column, Table } from "@/ui/table";

type Result = Data<"/api/users/import", "post">;
type Line = Result["rows"][number] & { id: string };

const TONES = { created: "good", updated: "brand", unchanged: "plain", failed: "bad" } as const;
const columns = (): readonly Column<Line>[] => [
  { name: t("admin.import.line"), cell: ({ row }) => t("admin.import.lineOf", { row }) },
  { name: t("signIn.email"), cell: ({ email }) => email, long: true },
  {
    name: t("admin.import.verdict"),
    cell: ({ verdict }) => <Badge tone={TONES[verdict]}>{t(`admin.import.${verdict}`)}</Badge>,
  },
  { name: t("admin.import.why"), cell: ({ error }) => error },
];

/** Takes in staff from a file: first what would become of each line, and then for good. */
export function StaffImportPage() {
  const queries = useQueryClient();
  const [file, setFile] = useState<File | null>(null);
  const sending = useMutation({
    mutationFn: (dryRun: boolean) => {
      const body = new FormData();
      if (file) body.set("file", file);
      return call("post", "/api/users/import", { query: { dryRun }, body });
    },
    onSuccess: (_, dryRun) => {
      if (!dryRun) return queries.invalidateQueries({ queryKey: ["/api/users"] });
    },
  });
  const result = sending.data?.data;
  const isTried = result?.dryRun === true;
  return (
    <Page title={t("admin.import.title")} below={t("admin.import.explain")} onBack={() => history.back()} wide>
      <Card className="grid gap-4">
        <FileField
          label={t("admin.import.file")}
          hint={t("admin.import.fileHint")}
          accept=".csv,.json,text/csv,application/json"
          onChange={event => {
            setFile(event.target.files?.[0] ?? null);
            sending.reset();
          }}
        />
        {sending.error && <Notice tone="bad">{wordsOf(sending.error)}</Notice>}
        <div className="flex flex-wrap gap-3">
          <Button
            look={isTried ? "quiet" : "main"}
            disabled={!file}
            busy={sending.isPending && sending.variables}
            onClick={() => sending.mutate(true)}
          >
            {t("admin.import.try")}
          </Button>
          {isTried && (
            <Button busy={sending.isPending && !sending.variables} onClick={() => sending.mutate(false)}>
              {t("admin.import.yes", { count: result.created + result.updated })}
            </Button>
          )}
        </div>
      </Card>
      {result && (
        <>
          <Notice tone={result.failed ? "warn" : "good"}>{sending.data?.message}</Notice>
          <Card className="flex flex-wrap gap-x-8 gap-y-3">
            <Figure name={t("admin.import.created")} value={String(result.created)} />
            <Figure name={t("admin.import.updated")} value={String(result.updated)} />
            <Figure name={t("admin.import.unchanged")} value={String(result.unchanged)} />
            <Figure name={t("admin.import.failed")} value={String(result.failed)} />
          </Card>
          <Table
            label={t("admin.import.title")}
            columns={columns()}
            rows={result.rows.map(line => ({ ...line, id: String(line.row) }))}
          />
          {!isTried && (
            <Link to="/admin/staff" className={buttonClasses("main", "justify-self-start")}>
              {t("admin.import.done")}
            </Link>
          )}
        </>
      )}
    </Page>
  );
}
