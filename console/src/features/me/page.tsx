import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useRouteContext } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "@/api/client";
import { forgetPerson, meQuery } from "@/api/session";
import { nameOf } from "@/lib/people";
import { t, tOf } from "@/lib/text";
import { forgetSheets } from "@/offline/sheets";
import { Button, buttonClasses } from "@/ui/button";
import { Card, Facts } from "@/ui/card";
import { wordsOf } from "@/ui/failure";
import { Icon } from "@/ui/icon";
import { Page } from "@/ui/page";
import { Picture } from "@/ui/picture";
import { toast } from "@/ui/toasts";
import { FirstSteps } from "./first-steps";
import { Sessions } from "./sessions";

/** Oneself: who one is here, how it looks, where one is signed in, and the way out. */
export function MePage() {
  const { me: known } = useRouteContext({ from: "/signed-in" });
  const me = useQuery(meQuery).data ?? known;
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
            [t("member.address"), me.address],
            [t("me.supervisor"), me.supervisor && nameOf(me.supervisor)],
          ]}
        />
      </Card>
      <div className="grid gap-3 sm:grid-cols-2">
        <Theme />
        {!me.impersonatedBy && (
          <Link to="/me/profile" className={buttonClasses("quiet")}>
            {t("me.profile")}
          </Link>
        )}
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
