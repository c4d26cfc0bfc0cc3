import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import { forgetPerson } from "@/api/session";
import { nameOf } from "@/lib/people";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Card, Notice, Section } from "@/ui/card";
import { Confirm } from "@/ui/confirm";
import { Dialog } from "@/ui/dialog";
import { EntryForm } from "@/ui/entry-form";
import { Skeleton } from "@/ui/list";
import type { Person } from "./page";

type Act = "switch" | "act-as" | "password" | "invite" | "delete";

/** What an admin can do with an account. Each asks first, for it concerns a person. */
export function Actions({ person, isMe }: { person: Person; isMe: boolean }) {
  const [act, setAct] = useState<Act | null>(null);
  const close = () => setAct(null);
  if (isMe) return <Notice tone="brand">{t("admin.staff.thisIsYou")}</Notice>;
  return (
    <Section title={t("admin.staff.actions")}>
      <Card className="grid gap-2 sm:grid-cols-2">
        {person.isActive && (
          <Button look="quiet" onClick={() => setAct("act-as")}>
            {t("admin.staff.actAs")}
          </Button>
        )}
        <Button look="quiet" onClick={() => setAct("password")}>
          {t("admin.staff.setPassword")}
        </Button>
        <Button look="quiet" onClick={() => setAct("invite")}>
          {t("admin.staff.invite")}
        </Button>
        <Button look="quiet" onClick={() => setAct("switch")}>
          {t(person.isActive ? "admin.staff.deactivate" : "admin.staff.activate")}
        </Button>
        <Button look="caution" onClick={() => setAct("delete")}>
          {t("admin.staff.delete")}
        </Button>
      </Card>
      {act === "act-as" && <ActAs person={person} onClose={close} />}
      {act === "password" && <NewPassword person={person} onClose={close} />}
      {act === "invite" && <Invite person={person} onClose={close} />}
      {act === "switch" && <Switch person={person} onClose={close} />}
      {act === "delete" && <Remove person={person} onClose={close} />}
    </Section>
  );
}

type ActProps = { person: Person; onClose: () => void };

function ActAs({ person, onClose }: ActProps) {
  const queries = useQueryClient();
  return (
    <Confirm
      title={t("admin.staff.actAs")}
      yes={t("admin.staff.actAsYes", { name: nameOf(person) })}
      act={() => call("post", "/api/auth/impersonate/{user_id}", { path: { user_id: person.id } })}
      onDone={() => {
        forgetPerson(queries);
        location.assign("/");
      }}
      onClose={onClose}
    >
      <p>{t("admin.staff.actAsExplain", { name: nameOf(person) })}</p>
    </Confirm>
  );
}

function Invite({ person, onClose }: ActProps) {
  return (
    <Confirm
      title={t("admin.staff.invite")}
      yes={t("admin.staff.inviteYes")}
      act={() => call("post", "/api/users/{user_id}/invitation", { path: { user_id: person.id } })}
      onDone={() => undefined}
      onClose={onClose}
    >
      <p>{t("admin.staff.inviteExplain", { email: person.email })}</p>
    </Confirm>
  );
}

function NewPassword({ person, onClose }: ActProps) {
  return (
    <Dialog title={t("admin.staff.setPassword")} onClose={onClose}>
      <EntryForm
        initial={{ newPassword: "" }}
        submit={t("admin.save")}
        save={body => call("post", "/api/users/{user_id}/reset-password", { path: { user_id: person.id }, body })}
        onSaved={onClose}
        entries={[
          {
            name: "newPassword",
            label: t("recovery.newPassword"),
            kind: "password",
            hint: t("admin.staff.newPasswordHint"),
          },
        ]}
      />
    </Dialog>
  );
}

function Switch({ person, onClose }: ActProps) {
  const queries = useQueryClient();
  const isActive = !person.isActive;
  return (
    <Confirm
      title={t(person.isActive ? "admin.staff.deactivate" : "admin.staff.activate")}
      yes={t(person.isActive ? "admin.staff.deactivate" : "admin.staff.activate")}
      danger={person.isActive}
      act={() => call("put", "/api/users/{user_id}", { path: { user_id: person.id }, body: { isActive } })}
      onDone={() => queries.invalidateQueries()}
      onClose={onClose}
    >
      <p>
        {t(person.isActive ? "admin.staff.deactivateExplain" : "admin.staff.activateExplain", { name: nameOf(person) })}
      </p>
      {person.isActive && <Dependants userId={person.id} />}
    </Confirm>
  );
}

function Remove({ person, onClose }: ActProps) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return (
    <Confirm
      title={t("admin.staff.delete")}
      yes={t("admin.staff.deleteYes", { name: nameOf(person) })}
      danger
      act={() => call("delete", "/api/users/{user_id}", { path: { user_id: person.id } })}
      onDone={async () => {
        await navigate({ to: "/admin/staff", replace: true });
        await queries.invalidateQueries({ queryKey: ["/api/users"] });
      }}
      onClose={onClose}
    >
      <p>{t("admin.staff.deleteExplain")}</p>
      <Dependants userId={person.id} />
    </Confirm>
  );
}

/** What still depends on somebody, which has to be given to another one first. */
function Dependants({ userId }: { userId: string }) {
  const query = useQuery(reading("/api/backup/dependencies/user/{user_id}", { path: { user_id: userId } }));
  const found = query.data?.data;
  if (!found) return query.isPending ? <Skeleton lines={1} /> : null;
  if (found.items.length === 0) return null;
  return (
    <Notice tone="warn">
      <ul className="grid gap-1">
        {found.items.map(({ type, message }) => (
          <li key={type}>{message}</li>
        ))}
      </ul>
    </Notice>
  );
}
