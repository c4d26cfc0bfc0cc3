import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import { meQuery } from "@/api/session";
import { t } from "@/lib/text";
import { Button, buttonClasses } from "@/ui/button";
import { Notice } from "@/ui/card";
import { wordsOf } from "@/ui/failure";
import { TextField } from "@/ui/field";
import { Entrance } from "./entrance";

/** Signing in with a password, by a mailed link, or through somebody else who vouches. */
export function SignInPage() {
  const { next } = useSearch({ from: "/sign-in" });
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [rememberMe, setRemember] = useState(true);
  const signIn = useMutation({
    mutationFn: () => call("post", "/api/auth/login", { body: { email, password, rememberMe } }),
    onSuccess: async () => {
      queries.removeQueries();
      const me = await queries.fetchQuery(meQuery);
      await navigate({ to: me?.passwordChangeRequired ? "/password" : (next ?? "/"), replace: true });
    },
  });
  const link = useMutation({ mutationFn: () => call("post", "/api/auth/magic-link", { body: { email } }) });

  function submit(event: FormEvent) {
    event.preventDefault();
    signIn.mutate();
  }

  return (
    <Entrance title={t("signIn.title")}>
      <form className="grid gap-4" onSubmit={submit}>
        <TextField
          label={t("signIn.email")}
          type="email"
          autoComplete="username"
          inputMode="email"
          required
          value={email}
          onChange={event => setEmail(event.target.value)}
        />
        <TextField
          label={t("signIn.password")}
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={event => setPassword(event.target.value)}
        />
        <div className="flex flex-wrap items-center justify-between gap-x-4">
          <label className="flex min-h-12 items-center gap-3">
            <input
              type="checkbox"
              className="size-5 accent-brand"
              checked={rememberMe}
              onChange={event => setRemember(event.target.checked)}
            />
            {t("signIn.remember")}
          </label>
          <Link
            to="/forgotten"
            className="flex min-h-12 items-center font-medium text-brand underline-offset-4 hover:underline"
          >
            {t("signIn.forgotten")}
          </Link>
        </div>
        {signIn.error && (
          <div role="alert">
            <Notice tone="bad">{wordsOf(signIn.error)}</Notice>
          </div>
        )}
        <Button type="submit" busy={signIn.isPending}>
          {t("signIn.submit")}
        </Button>
        <Button look="quiet" busy={link.isPending} disabled={!email.includes("@")} onClick={() => link.mutate()}>
          {t("signIn.mailLink")}
        </Button>
        <div role="status">
          {link.data && <Notice tone="good">{link.data.message}</Notice>}
          {link.error && <Notice tone="bad">{wordsOf(link.error)}</Notice>}
        </div>
        <Providers />
      </form>
    </Entrance>
  );
}

/** Who else may vouch for somebody here. */
function Providers() {
  const { data } = useQuery({ ...reading("/api/auth/oauth/providers"), staleTime: Number.POSITIVE_INFINITY });
  const names = { google: t("signIn.google"), github: t("signIn.github") } as const;
  return data?.data
    .filter(provider => provider.enabled)
    .map(({ name }) => (
      <a key={name} href={`/api/auth/oauth/${name}/start`} className={buttonClasses("quiet")}>
        {names[name as keyof typeof names] ?? name}
      </a>
    ));
}
