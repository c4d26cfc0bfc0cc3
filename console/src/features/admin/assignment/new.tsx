import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "@/api/client";
import { t } from "@/lib/text";
import { Card } from "@/ui/card";
import { EntryForm } from "@/ui/entry-form";
import { Page } from "@/ui/page";
import { useOfficers } from "./officers";

const BLANK = { name: "", creditOfficerId: "", location: "", address: "" };

/** Founds a union, with the officer who looks after it. */
export function NewUnionPage() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const officers = useOfficers();
  const [key] = useState(() => crypto.randomUUID());
  async function save(body: typeof BLANK) {
    const made = await call("post", "/api/unions", { key, body });
    await queries.invalidateQueries({ queryKey: ["/api/unions"] });
    await navigate({ to: "/admin/unions/$unionId", params: { unionId: made.data.id }, replace: true });
    return made;
  }
  return (
    <Page title={t("admin.union.new")} onBack={() => history.back()}>
      <Card>
        <EntryForm
          initial={BLANK}
          submit={t("admin.union.create")}
          save={save}
          entries={[
            { name: "name", label: t("admin.staff.name") },
            { name: "creditOfficerId", label: t("member.officer"), choices: officers },
            { name: "location", label: t("admin.union.location"), optional: true },
            { name: "address", label: t("member.address"), kind: "area", lines: 2, optional: true },
          ]}
        />
      </Card>
    </Page>
  );
}
