import { useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "@/api/client";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Badge, Card, Section } from "@/ui/card";
import { wordsOf } from "@/ui/failure";
import { toast } from "@/ui/toasts";
import type { Member } from "./facts";

/** Whether somebody has looked at who the member is; said, or taken back. */
export function Verification({ member }: { member: Member }) {
  const queries = useQueryClient();
  const toggle = useMutation({
    mutationFn: () =>
      call("patch", "/api/union-members/{member_id}/toggle-verification", { path: { member_id: member.id } }),
    onSuccess: async ({ message }) => {
      await queries.invalidateQueries();
      toast("good", message);
    },
    onError: error => toast("bad", wordsOf(error)),
  });
  return (
    <Section title={t("person.verification")}>
      <Card className="flex flex-wrap items-center justify-between gap-3">
        <Badge tone={member.isVerified ? "good" : "warn"}>
          {t(member.isVerified ? "member.verified" : "member.unverified")}
        </Badge>
        <Button look="quiet" busy={toggle.isPending} onClick={() => toggle.mutate()}>
          {t(member.isVerified ? "person.unverify" : "person.verify")}
        </Button>
      </Card>
    </Section>
  );
}
