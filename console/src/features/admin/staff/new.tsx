import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "@/api/client";
import { t } from "@/lib/text";
import { Card } from "@/ui/card";
import { EntryForm } from "@/ui/entry-form";
import { Page } from "@/ui/page";
import { roleChoices, roleOf } from "./roles";
import { useSupervisors } from "./supervisors";

const BLANK = {
  firstName: "",
  lastName: "",
  email: "",
  phone: "",
  role: "CREDIT_OFFICER",
  supervisorId: "",
  password: "",
};

/** Takes somebody in. Without a password they get a link to set one. */
export function NewStaffPage() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const supervisors = useSupervisors();
  const [key] = useState(() => crypto.randomUUID());
  async function save(values: typeof BLANK) {
    const { phone, supervisorId, password, role, ...names } = values;
    const made = await call("post", "/api/users", {
      key,
      body: {
        ...names,
        role: roleOf(role) ?? "CREDIT_OFFICER",
        phone: phone || null,
        supervisorId: supervisorId || null,
        password: password || null,
      },
    });
    await queries.invalidateQueries({ queryKey: ["/api/users"] });
    await navigate({ to: "/admin/staff/$userId", params: { userId: made.data.id }, replace: true });
    return made;
  }
  return (
    <Page title={t("admin.staff.new")} onBack={() => history.back()}>
      <Card>
        <EntryForm
          columns
          initial={BLANK}
          submit={t("admin.staff.create")}
          save={save}
          entries={[
            { name: "firstName", label: t("admin.staff.firstName") },
            { name: "lastName", label: t("admin.staff.lastName") },
            { name: "email", label: t("signIn.email"), kind: "email" },
            { name: "phone", label: t("me.phone"), kind: "tel", optional: true },
            { name: "role", label: t("admin.staff.role"), choices: roleChoices() },
            {
              name: "supervisorId",
              label: t("me.supervisor"),
              choices: supervisors,
              optional: true,
              hint: t("admin.staff.supervisorHint"),
            },
            {
              name: "password",
              label: t("signIn.password"),
              kind: "password",
              optional: true,
              hint: t("admin.staff.passwordHint"),
            },
          ]}
        />
      </Card>
    </Page>
  );
}
