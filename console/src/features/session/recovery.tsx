import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { call } from "@/api/client";
import { Problem } from "@/lib/problem";
import { t } from "@/lib/text";
import { Button, buttonClasses } from "@/ui/button";
import { Notice } from "@/ui/card";
import { wordsOf } from "@/ui/failure";
import { TextField } from "@/ui/field";
import { toast } from "@/ui/toasts";
import { Entrance } from "./entrance";

function BackToSignIn() {
  return (
    <Link to="/sign-in" className={buttonClasses("plain")}>
      {t("recovery.back")}
    </Link>
  );
}

/** Asks for the mail that a new password can be set by. */
export function ForgottenPage() {
  const [email, setEmail] = useState("");
  const ask = useMutation({ mutationFn: () => call("post", "/api/auth/forgot-password", { body: { email } }) });

  function submit(event: FormEvent) {
    event.preventDefault();
    ask.mutate();
  }

  return (
    <Entrance title={t("recovery.forgotten")}>
      <form className="grid gap-4" onSubmit={submit}>
        <p className="text-soft">{t("recovery.explain")}</p>
        <TextField
          label={t("signIn.email")}
          type="email"
          autoComplete="username"
          required
          value={email}
          onChange={event => setEmail(event.target.value)}
        />
        <Button type="submit" busy={ask.isPending}>
          {t("recovery.ask")}
        </Button>
        <div role="status">
          {ask.data && <Notice tone="good">{ask.data.message}</Notice>}
          {ask.error && <Notice tone="bad">{wordsOf(ask.error)}</Notice>}
        </div>
        <BackToSignIn />
      </form>
    </Entrance>
  );
}

/** Sets a new password by the link of a mail. */
export function ResetPage() {
  const { email, token } = useSearch({ from: "/auth/reset-password" });
  const navigate = useNavigate();
  const [newPassword, setPassword] = useState("");
  const reset = useMutation({
    mutationFn: () => call("post", "/api/auth/reset-password", { body: { email, token, newPassword } }),
    onSuccess: async () => {
      toast("good", t("recovery.done"));
      await navigate({ to: "/sign-in", replace: true });
    },
  });
  const wrong = reset.error instanceof Problem ? reset.error.fields.newPassword : undefined;

  function submit(event: FormEvent) {
    event.preventDefault();
    reset.mutate();
  }

  return (
    <Entrance title={t("recovery.reset")}>
      <form className="grid gap-4" onSubmit={submit}>
        <input type="email" autoComplete="username" value={email} readOnly hidden />
        <TextField
          label={t("recovery.newPassword")}
          hint={t("recovery.rule")}
          error={wrong}
          type="password"
          autoComplete="new-password"
          required
          minLength={8}
          value={newPassword}
          onChange={event => setPassword(event.target.value)}
        />
        {reset.error && !wrong && (
          <div role="alert">
            <Notice tone="bad">{wordsOf(reset.error)}</Notice>
          </div>
        )}
        <Button type="submit" busy={reset.isPending}>
          {t("recovery.save")}
        </Button>
        <BackToSignIn />
      </form>
    </Entrance>
  );
}
