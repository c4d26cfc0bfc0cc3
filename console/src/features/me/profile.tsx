import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouteContext, useRouter } from "@tanstack/react-router";
import { call } from "@/api/client";
import { type Me, meQuery } from "@/api/session";
import { nameOf } from "@/lib/people";
import { t } from "@/lib/text";
import { Card, Section } from "@/ui/card";
import { EntryForm } from "@/ui/entry-form";
import { Page } from "@/ui/page";
import { PictureField } from "@/ui/picture-field";

/** What one may change of oneself: the name, how one is reached, the picture. */
export function ProfilePage() {
  const { me } = useRouteContext({ from: "/signed-in" });
  const { data } = useQuery(meQuery);
  const router = useRouter();
  return (
    <Page title={t("person.mine")} below={me.email} onBack={() => router.history.back()}>
      <Profile me={data ?? me} />
    </Page>
  );
}

function Profile({ me }: { me: Me }) {
  const queries = useQueryClient();
  const path = { user_id: me.id };
  async function change(body: FormData) {
    const answer = await call("put", "/api/users/{user_id}", { path, body });
    await queries.invalidateQueries();
    return answer;
  }
  const initial = {
    firstName: me.firstName ?? "",
    lastName: me.lastName ?? "",
    phone: me.phone ?? "",
    address: me.address ?? "",
  };
  return (
    <>
      <Card>
        <PictureField
          of={nameOf(me)}
          url={me.profileImage}
          camera="user"
          send={file => change(form({ profileImage: file }))}
          remove={() => change(form({ removeProfileImage: "true" }))}
        />
      </Card>
      <Section title={t("person.about")}>
        <Card>
          <EntryForm
            columns
            initial={initial}
            submit={t("person.save")}
            save={body => call("put", "/api/users/{user_id}", { path, body })}
            onSaved={() => queries.invalidateQueries()}
            entries={[
              { name: "firstName", label: t("person.firstName") },
              { name: "lastName", label: t("person.lastName") },
              { name: "phone", label: t("me.phone"), kind: "tel", optional: true },
              { name: "address", label: t("member.address"), kind: "area", lines: 2, optional: true },
            ]}
          />
        </Card>
      </Section>
    </>
  );
}

function form(fields: Record<string, string | File>): FormData {
  const made = new FormData();
  for (const [name, value] of Object.entries(fields)) made.set(name, value);
  return made;
}
