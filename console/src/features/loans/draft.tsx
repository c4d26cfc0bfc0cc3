import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouteContext } from "@tanstack/react-router";
import { call } from "@/api/client";
import { naira } from "@/lib/money";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Card, Notice } from "@/ui/card";
import { wordsOf } from "@/ui/failure";
import { toast } from "@/ui/toasts";
import type { Loan } from "./page";

/** A draft, and the way to ask for a decision on it. */
export function Draft({ loan }: { loan: Loan }) {
  const { me } = useRouteContext({ from: "/signed-in" });
  const queries = useQueryClient();
  const submit = useMutation({
    mutationFn: () => call("patch", "/api/loans/{loan_id}/submit", { path: { loan_id: loan.id }, body: {} }),
    onSuccess: async () => {
      await queries.invalidateQueries();
      toast("good", t("draft.submitted"));
    },
  });
  return (
    <Card className="grid gap-3">
      <p>{t("draft.explain", { amount: naira(loan.principalAmount) })}</p>
      {submit.error && <Notice tone="bad">{wordsOf(submit.error)}</Notice>}
      {me.role !== "SUPERVISOR" && (
        <Button busy={submit.isPending} onClick={() => submit.mutate()}>
          {t("draft.submit")}
        </Button>
      )}
    </Card>
  );
}
