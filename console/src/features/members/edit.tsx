import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams, useRouteContext, useRouter } from "@tanstack/react-router";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import { nameOf } from "@/lib/people";
import { t } from "@/lib/text";
import { Card, Section } from "@/ui/card";
import { EntryForm } from "@/ui/entry-form";
import { LoadedPage } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { PictureField } from "@/ui/picture-field";
import { factsOf, memberEntries } from "./facts";
import { MoveMember } from "./move";
import { Verification } from "./verification";

/** Changes what is written of a member, and their picture. */
export function EditMemberPage() {
  const { memberId } = useParams({ from: "/signed-in/members/$memberId/edit" });
  const { me } = useRouteContext({ from: "/signed-in" });
  const path = { member_id: memberId };
  const query = useQuery(reading("/api/union-members/{member_id}", { path }));
  const queries = useQueryClient();
  const router = useRouter();
  async function send(file: File) {
    const body = new FormData();
    body.set("type", "profile");
    body.set("file", file);
    const answer = await call("post", "/api/documents/union-member/{member_id}/profile", { path, body });
    await queries.invalidateQueries();
    return answer;
  }
  return (
    <LoadedPage query={query}>
      {({ data }) => (
        <Page title={nameOf(data)} below={data.code} onBack={() => router.history.back()}>
          <Card>
            <PictureField of={nameOf(data)} url={data.profileImage} camera="environment" send={send} />
          </Card>
          <Section title={t("member.about")}>
            <Card>
              <EntryForm
                key={data.id}
                columns
                initial={factsOf(data)}
                submit={t("person.save")}
                save={body => call("put", "/api/union-members/{member_id}", { path, body })}
                onSaved={() => queries.invalidateQueries()}
                entries={memberEntries(factsOf(data))}
              />
            </Card>
          </Section>
          {me.role !== "CREDIT_OFFICER" && <Verification member={data} />}
          {me.role === "ADMIN" && <MoveMember key={data.unionId} member={data} />}
        </Page>
      )}
    </LoadedPage>
  );
}
