import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import { nameOf } from "@/lib/people";
import { t } from "@/lib/text";
import { AskWords } from "@/ui/ask-words";
import { Button } from "@/ui/button";
import { Card, Section } from "@/ui/card";
import { SelectField } from "@/ui/field";
import type { Member } from "./facts";

const MOST = 1000;

/** Moves a member to another union, with all their loans, once it was shown who looks after them then. */
export function MoveMember({ member }: { member: Member }) {
  const queries = useQueryClient();
  const unions = useQuery(reading("/api/unions", { query: { order: "name", limit: MOST } }));
  const loans = useQuery(
    reading("/api/union-members/{member_id}/loans", { path: { member_id: member.id }, query: { page: 1, limit: 1 } }),
  );
  const [unionId, setUnionId] = useState("");
  const [isAsking, setAsking] = useState(false);
  const union = unions.data?.data.find(({ id }) => id === unionId);
  const count = loans.data?.pagination.total;

  function submit(event: FormEvent) {
    event.preventDefault();
    setAsking(true);
  }

  return (
    <Section title={t("person.move")}>
      <Card>
        <form className="grid gap-4" onSubmit={submit}>
          <SelectField
            label={t("person.moveTo")}
            hint={t("person.moveHint", { union: member.union.name })}
            required
            value={unionId}
            onChange={({ target }) => setUnionId(target.value)}
          >
            <option value="">{t("app.choose")}</option>
            {unions.data?.data
              .filter(({ id }) => id !== member.unionId)
              .map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
          </SelectField>
          <Button type="submit" look="quiet" className="justify-self-start" disabled={!union || count === undefined}>
            {t("person.move")}
          </Button>
        </form>
      </Card>
      {isAsking && union && count !== undefined && (
        <AskWords
          title={t("person.move")}
          label={t("person.moveReason")}
          yes={t("person.moveYes")}
          act={reason =>
            call("post", "/api/union-members/{member_id}/reassign", {
              path: { member_id: member.id },
              body: { newUnionId: union.id, ...(reason ? { reason } : {}) },
            })
          }
          onDone={() => queries.invalidateQueries()}
          onClose={() => setAsking(false)}
        >
          <p>
            {t("person.moveExplain", {
              name: nameOf(member),
              union: union.name,
              officer: nameOf(union.creditOfficer),
              count,
            })}
          </p>
        </AskWords>
      )}
    </Section>
  );
}
