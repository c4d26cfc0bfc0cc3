import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import type { Data } from "@/api/types";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Section } from "@/ui/card";
import { Icon } from "@/ui/icon";
import { Empty } from "@/ui/list";
import { NewPaper } from "@/ui/new-paper";
import { Papers } from "@/ui/papers";

type Document = Data<"/api/union-members/{member_id}", "get">["documents"][number];

/** The documents of a member; a new one is a photo taken there and then, or a file. */
export function Documents({ memberId, documents }: { memberId: string; documents: Document[] }) {
  const [isAdding, setAdding] = useState(false);
  const add = (
    <Button look="plain" className="-my-2 -mr-3" onClick={() => setAdding(true)}>
      <Icon name="camera" className="size-5" /> {t("documents.add")}
    </Button>
  );
  return (
    <Section title={t("documents.title")} aside={add}>
      {documents.length === 0 && <Empty>{t("documents.none")}</Empty>}
      {documents.length > 0 && <Papers papers={documents} />}
      {isAdding && <NewDocument memberId={memberId} onClose={() => setAdding(false)} />}
    </Section>
  );
}

function NewDocument({ memberId, onClose }: { memberId: string; onClose: () => void }) {
  const queries = useQueryClient();
  const types = useQuery(reading("/api/documents/types"));
  async function send(body: FormData) {
    await call("post", "/api/documents/union-member/{member_id}", { path: { member_id: memberId }, body });
    await queries.invalidateQueries({ queryKey: ["/api/union-members/{member_id}"] });
  }
  return <NewPaper title={t("documents.new")} types={types.data?.data ?? []} send={send} onClose={onClose} />;
}
