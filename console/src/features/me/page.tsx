import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useRouteContext } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import { forgetPerson } from "@/api/session";
import { shownMoment } from "@/lib/days";
import { deviceOf } from "@/lib/devices";
import { nameOf } from "@/lib/people";
import { t, tOf } from "@/lib/text";
import { forgetSheets } from "@/offline/sheets";
import { Button, buttonClasses } from "@/ui/button";
import { Badge, Card, Facts, Section } from "@/ui/card";
import { wordsOf } from "@/ui/failure";
import { Icon } from "@/ui/icon";
import { LineContent, List } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Picture } from "@/ui/picture";
import { toast } from "@/ui/toasts";
import { FirstSteps } from "./first-steps";

/** Oneself: who one is here, how it looks, where one is signed in, and the way out. */
export function MePage() {
  const { me } = useRouteContext({ from: "/signed-in" });
  return (
    <Page
      title={nameOf(me)}
      below={tOf("role", me.role)}
      aside={<Picture of={nameOf(me)} url={me.profileImage} size="size-14" />}
    >
      <Card>
        <Facts
          facts={[
            [t("signIn.email"), me.email],
            [t("me.phone"), me.phone],
            [t("me.supervisor"), me.supervisor && nameOf(me.supervisor)],
          ]}
        />
      </Card>
      <div className="grid gap-3 sm:grid-cols-2">
        <Theme />
        <Link to="/password" className={buttonClasses("quiet")}>
          {t("password.title")}
        </Link>
      </div>
      <FirstSteps me={me} />
      <Sessions />
      <SignOut />
    </Page>
  );
}

/** Light or dark, kept on this device. */
function Theme() {
  const [isDark, setDark] = useState(document.documentElement.classList.contains("dark"));
  function toggle() {
    localStorage.setItem("theme", isDark ? "light" : "dark");
    document.documentElement.classList.toggle("dark", !isDark);
    setDark(!isDark);
  }
  return (
    <Button look="quiet" onClick={toggle}>
      <Icon name={isDark ? "sun" : "moon"} className="size-5" /> {t(isDark ? "me.light" : "me.dark")}
    </Button>
  );
}

function Sessions() {
  const queries = useQueryClient();
  const query = useQuery(reading("/api/auth/sessions"));
  const endOthers = useMutation({
    mutationFn: () => call("post", "/api/auth/sessions/revoke-others"),
    onSuccess: async ({ message }) => {
      await queries.invalidateQueries({ queryKey: ["/api/auth/sessions"] });
      toast("good", message);
    },
    onError: error => toast("bad", wordsOf(error)),
  });
  return (
    <Section title={t("me.sessions")}>
      <Loaded query={query} lines={1}>
        {({ data }) => (
          <>
            <List>
              {data.map(session => (
                <li key={session.id} className="flex items-center gap-3 px-4 py-3">
                  <LineContent
                    goes={false}
                    title={deviceOf(session.userAgent) || t("me.unknownDevice")}
                    below={t("me.sessionSince", { when: shownMoment(session.createdAt) })}
                    belowRight={session.isCurrent ? <Badge tone="good">{t("me.thisDevice")}</Badge> : session.ipAddress}
                  />
                </li>
              ))}
            </List>
            {data.length > 1 && (
              <Button look="quiet" busy={endOthers.isPending} onClick={() => endOthers.mutate()}>
                {t("me.endOthers")}
              </Button>
            )}
          </>
        )}
      </Loaded>
    </Section>
  );
}

function SignOut() {
  const { me } = useRouteContext({ from: "/signed-in" });
  const queries = useQueryClient();
  const navigate = useNavigate();
  const signOut = useMutation({
    mutationFn: () => call("post", "/api/auth/logout"),
    onSuccess: async () => {
      await forgetSheets(me.id);
      forgetPerson(queries);
      await navigate({ to: "/sign-in", replace: true });
    },
    onError: error => toast("bad", wordsOf(error)),
  });
  return (
    <Button look="caution" busy={signOut.isPending} onClick={() => signOut.mutate()}>
      <Icon name="out" className="size-5" /> {t("me.signOut")}
    </Button>
  );
}
