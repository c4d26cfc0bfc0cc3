import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call } from "@/api/client";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Badge, Notice } from "@/ui/card";
import { Dialog } from "@/ui/dialog";
import { wordsOf } from "@/ui/failure";
import { SelectField, TextField } from "@/ui/field";
import { Consequences } from "./consequences";
import { useOfficers } from "./officers";

export type Chosen = { id: string; name: string };
type Verdict = Chosen & { refusal: string | null };

/** Gives unions to an officer: first what moves with them, then one after the other, each with what became of it. */
export function AssignDialog({ unions, onClose }: { unions: readonly Chosen[]; onClose: () => void }) {
  const queries = useQueryClient();
  const officers = useOfficers();
  const [creditOfficerId, setOfficer] = useState("");
  const [reason, setReason] = useState("");
  const [verdicts, setVerdicts] = useState<readonly Verdict[]>([]);
  const assigning = useMutation({
    mutationFn: async () => {
      const left = unions.filter(({ id }) => !verdicts.some(verdict => verdict.id === id && !verdict.refusal));
      for (const union of left) {
        const refusal = await refusalOf(union.id, creditOfficerId, reason);
        setVerdicts(old => [...old.filter(({ id }) => id !== union.id), { ...union, refusal }]);
      }
    },
    onSettled: () => queries.invalidateQueries(),
  });
  const isDone = verdicts.length === unions.length && verdicts.every(({ refusal }) => !refusal);

  function submit(event: FormEvent) {
    event.preventDefault();
    assigning.mutate();
  }

  return (
    <Dialog title={t("admin.assign.dialog", { count: unions.length })} onClose={onClose}>
      <form className="grid gap-4" onSubmit={submit}>
        <p className="text-soft">{t("admin.assign.moves")}</p>
        <Consequences unionIds={unions.map(({ id }) => id)} />
        <SelectField
          label={t("admin.assign.to")}
          required
          disabled={verdicts.length > 0}
          value={creditOfficerId}
          onChange={event => setOfficer(event.target.value)}
        >
          <option value="">{t("app.choose")}</option>
          {officers.map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectField>
        <TextField
          label={t("admin.assign.reason")}
          value={reason}
          disabled={verdicts.length > 0}
          onChange={event => setReason(event.target.value)}
        />
        {verdicts.length > 0 && (
          <ul className="grid gap-2" aria-label={t("admin.assign.verdicts")}>
            {verdicts.map(({ id, name, refusal }) => (
              <li key={id} className="flex justify-between gap-3">
                <span className="min-w-0 break-words">{name}</span>
                <Badge tone={refusal ? "bad" : "good"}>
                  {t(refusal ? "admin.assign.refused" : "admin.assign.moved")}
                </Badge>
              </li>
            ))}
          </ul>
        )}
        {verdicts.some(({ refusal }) => refusal) && (
          <Notice tone="bad">{verdicts.find(({ refusal }) => refusal)?.refusal}</Notice>
        )}
        {isDone ? (
          <Button onClick={onClose}>{t("app.close")}</Button>
        ) : (
          <Button type="submit" busy={assigning.isPending} disabled={!creditOfficerId}>
            {t("admin.assign.yes", { count: unions.length })}
          </Button>
        )}
      </form>
    </Dialog>
  );
}

/** Why a union could not be given to an officer; null when it was. Giving it twice is giving it once. */
async function refusalOf(unionId: string, creditOfficerId: string, reason: string): Promise<string | null> {
  try {
    await call("post", "/api/unions/{union_id}/assign", {
      path: { union_id: unionId },
      body: { creditOfficerId, reason: reason || null },
    });
    return null;
  } catch (error) {
    return wordsOf(error);
  }
}
