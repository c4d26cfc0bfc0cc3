import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams, useRouter } from "@tanstack/react-router";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import { useCommandKey } from "@/lib/command-key";
import { t } from "@/lib/text";
import { Card } from "@/ui/card";
import { EntryForm } from "@/ui/entry-form";
import { Page } from "@/ui/page";
import { factsOf, type MemberFacts, memberEntries } from "./facts";

/** Takes somebody into a union. */
export function NewMemberPage() {
  const { unionId } = useParams({ from: "/signed-in/unions/$unionId/members/new" });
  const union = useQuery(reading("/api/unions/{union_id}", { path: { union_id: unionId } }));
  const queries = useQueryClient();
  const navigate = useNavigate();
  const router = useRouter();
  const key = useCommandKey();
  const facts = factsOf();
  async function save(values: MemberFacts) {
    try {
      const answer = await call("post", "/api/union-members", { body: { ...values, unionId }, key: key.current });
      void navigate({ to: "/members/$memberId", params: { memberId: answer.data.id }, replace: true });
      return answer;
    } catch (error) {
      key.failed(error);
      throw error;
    }
  }
  return (
    <Page title={t("person.newMember")} below={union.data?.data.name} onBack={() => router.history.back()}>
      <Card>
        <EntryForm
          columns
          initial={facts}
          submit={t("person.takeIn")}
          save={save}
          onSaved={() => queries.invalidateQueries()}
          entries={memberEntries(facts)}
        />
      </Card>
    </Page>
  );
}
