import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import type { Data } from "@/api/types";
import { nameOf } from "@/lib/people";
import { t } from "@/lib/text";
import { Button, buttonClasses } from "@/ui/button";
import { Card, Facts, Notice, Section } from "@/ui/card";
import { Confirm } from "@/ui/confirm";
import { EntryForm } from "@/ui/entry-form";
import { LoadedPage } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { AssignDialog } from "./assign";
import { Consequences } from "./consequences";

type Union = Data<"/api/unions/{union_id}", "get">;

/** A union as an admin sees it: what is written of it, who looks after it, and what is on it. */
export function ManagedUnionPage() {
  const { unionId } = useParams({ from: "/signed-in/admin/unions/$unionId" });
  const [act, setAct] = useState<"assign" | "delete" | null>(null);
  const query = useQuery(reading("/api/unions/{union_id}", { path: { union_id: unionId } }));
  return (
    <LoadedPage query={query}>
      {({ data }) => (
        <Page title={data.name} onBack={() => history.back()}>
          <Consequences unionIds={[data.id]} />
          <Card className="grid gap-4">
            <Facts
              facts={[
                [t("member.officer"), nameOf(data.creditOfficer)],
                [t("me.supervisor"), data.creditOfficer.supervisor && nameOf(data.creditOfficer.supervisor)],
              ]}
            />
            <div className="flex flex-wrap gap-2">
              <Button onClick={() => setAct("assign")}>{t("admin.assign.give")}</Button>
              <Link to="/unions/$unionId" params={{ unionId }} className={buttonClasses("quiet")}>
                {t("admin.union.open")}
              </Link>
            </div>
          </Card>
          <Edit key={data.id} union={data} />
          <Button look="caution" className="justify-self-start" onClick={() => setAct("delete")}>
            {t("admin.union.delete")}
          </Button>
          {act === "assign" && <AssignDialog unions={[data]} onClose={() => setAct(null)} />}
          {act === "delete" && <Remove union={data} onClose={() => setAct(null)} />}
        </Page>
      )}
    </LoadedPage>
  );
}

function Edit({ union }: { union: Union }) {
  const queries = useQueryClient();
  return (
    <Section title={t("admin.staff.change")}>
      <Card>
        <EntryForm
          initial={{ name: union.name, location: union.location ?? "", address: union.address ?? "" }}
          submit={t("admin.save")}
          save={body => call("put", "/api/unions/{union_id}", { path: { union_id: union.id }, body })}
          onSaved={() => queries.invalidateQueries()}
          entries={[
            { name: "name", label: t("admin.staff.name") },
            { name: "location", label: t("admin.union.location"), optional: true },
            { name: "address", label: t("member.address"), kind: "area", lines: 2, optional: true },
          ]}
        />
      </Card>
    </Section>
  );
}

function Remove({ union, onClose }: { union: Union; onClose: () => void }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const path = { union_id: union.id };
  const found = useQuery(reading("/api/backup/dependencies/union/{union_id}", { path })).data?.data;
  return (
    <Confirm
      title={t("admin.union.delete")}
      yes={t("admin.staff.deleteYes", { name: union.name })}
      danger
      act={() => call("delete", "/api/unions/{union_id}", { path })}
      onDone={async () => {
        await navigate({ to: "/admin/assignment", replace: true });
        await queries.invalidateQueries({ queryKey: ["/api/unions"] });
      }}
      onClose={onClose}
    >
      <p>{t("admin.union.deleteExplain")}</p>
      {found && !found.canDelete && <Notice tone="warn">{found.items.map(({ message }) => message).join(" ")}</Notice>}
    </Confirm>
  );
}
