import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { call } from "@/api/client";
import { forgetPerson, meQuery } from "@/api/session";
import { Problem } from "@/lib/problem";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/card";
import { wordsOf } from "@/ui/failure";
import { TextField } from "@/ui/field";
import { toast } from "@/ui/toasts";
import { Entrance } from "./entrance";

/** Changes one's password, of one's own accord or because nothing else is possible before. All sessions end by it. */
export function PasswordPage() {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { data: me } = useQuery(meQuery);
  const [currentPassword, setCurrent] = useState("");
  const [newPassword, setNew] = useState("");
  const change = useMutation({
    mutationFn: () => call("put", "/api/auth/change-password", { body: { currentPassword, newPassword } }),
    onSuccess: async () => {
      toast("good", t("password.changed"));
      forgetPerson(queries);
      await navigate({ to: "/sign-in", replace: true });
    },
  });
  const fields = change.error instanceof Problem ? change.error.fields : {};

  function submit(event: FormEvent) {
    event.preventDefault();
    change.mutate();
  }

  return (
    <Entrance title={t("password.title")}>
      <form className="grid gap-4" onSubmit={submit}>
        {me?.passwordChangeRequired && <Notice tone="warn">{t("password.required")}</Notice>}
        <input type="email" autoComplete="username" value={me?.email ?? ""} readOnly hidden />
        <TextField
          label={t("password.current")}
          error={fields.currentPassword}
          type="password"
          autoComplete="current-password"
          required
          value={currentPassword}
          onChange={event => setCurrent(event.target.value)}
        />
        <TextField
          label={t("recovery.newPassword")}
          hint={t("recovery.rule")}
          error={fields.newPassword}
          type="password"
          autoComplete="new-password"
          required
          minLength={8}
          value={newPassword}
          onChange={event => setNew(event.target.value)}
        />
        {change.error && !Object.keys(fields).length && (
          <div role="alert">
            <Notice tone="bad">{wordsOf(change.error)}</Notice>
          </div>
        )}
        <p className="text-sm text-soft">{t("password.sessions")}</p>
        <Button type="submit" busy={change.isPending}>
          {t("recovery.save")}
        </Button>
        <Button look="quiet" onClick={() => history.back()}>
          {t("app.back")}
        </Button>
      </form>
    </Entrance>
  );
}
