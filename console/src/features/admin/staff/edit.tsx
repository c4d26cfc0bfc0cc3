import { useQueryClient } from "@tanstack/react-query";
import { call } from "@/api/client";
import { t } from "@/lib/text";
import { Card, Section } from "@/ui/card";
import { EntryForm } from "@/ui/entry-form";
import type { Person } from "./page";
import { roleChoices, roleOf } from "./roles";
import { useSupervisors } from "./supervisors";

/** Changes what is written of somebody, and what they may do. */
export function EditPerson({ person, isMe }: { person: Person; isMe: boolean }) {
  const queries = useQueryClient();
  const supervisors = useSupervisors(person.supervisor ?? undefined);
  const initial = {
    firstName: person.firstName ?? "",
    lastName: person.lastName ?? "",
    email: person.email,
    phone: person.phone ?? "",
    address: person.address ?? "",
    role: person.role as string,
    supervisorId: person.supervisorId ?? "",
  };
  function save({ supervisorId, role, ...facts }: typeof initial) {
    return call("put", "/api/users/{user_id}", {
      path: { user_id: person.id },
      body: { ...facts, role: roleOf(role) ?? person.role, supervisorId: supervisorId || null },
    });
  }
  return (
    <Section title={t("admin.staff.change")}>
      <Card>
        <EntryForm
          columns
          initial={initial}
          submit={t("admin.save")}
          save={save}
          onSaved={() => queries.invalidateQueries()}
          entries={[
            { name: "firstName", label: t("admin.staff.firstName") },
            { name: "lastName", label: t("admin.staff.lastName") },
            { name: "email", label: t("signIn.email"), kind: "email" },
            { name: "phone", label: t("me.phone"), kind: "tel", optional: true },
            {
              name: "role",
              label: t("admin.staff.role"),
              choices: roleChoices(),
              hint: t(isMe ? "admin.staff.ownRoleHint" : "admin.staff.roleHint"),
            },
            { name: "supervisorId", label: t("me.supervisor"), choices: supervisors, optional: true },
            { name: "address", label: t("member.address"), kind: "area", lines: 2, optional: true },
          ]}
        />
      </Card>
    </Section>
  );
}
