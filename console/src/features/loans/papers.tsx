import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Section } from "@/ui/card";
import { Icon } from "@/ui/icon";
import { Empty } from "@/ui/list";
import { NewPaper } from "@/ui/new-paper";
import { Guarantors, Papers } from "@/ui/papers";
import type { Loan } from "./page";

/** For whom a paper is brought: the loan itself, a new guarantor, or one whose id and name are known. */
type For = "loan" | "new" | { id: string; name: string };

/** The papers of the loan itself, and who stands for it with theirs. A guarantor is there from the first paper on. */
export function LoanPapers({ loan }: { loan: Loan }) {
  const [adding, setAdding] = useState<For | null>(null);
  const own = loan.documents.filter(paper => paper.guarantorId === null);
  return (
    <>
      <Section
        title={t("documents.title")}
        aside={<Add name={t("documents.add")} icon="camera" onAdd={() => setAdding("loan")} />}
      >
        {own.length === 0 ? <Empty>{t("documents.none")}</Empty> : <Papers papers={own} />}
      </Section>
      <Section
        title={t("guarantors.title")}
        aside={<Add name={t("guarantors.add")} icon="add" onAdd={() => setAdding("new")} />}
      >
        {loan.guarantors.length === 0 && <Empty>{t("guarantors.none")}</Empty>}
        <Guarantors guarantors={loan.guarantors} onAdd={setAdding} />
      </Section>
      {adding && <NewLoanPaper loan={loan} whose={adding} onClose={() => setAdding(null)} />}
    </>
  );
}

function Add({ name, icon, onAdd }: { name: string; icon: "add" | "camera"; onAdd: () => void }) {
  return (
    <Button look="plain" className="-my-2 -mr-3 whitespace-nowrap" onClick={onAdd}>
      <Icon name={icon} className="size-5" /> {name}
    </Button>
  );
}

function NewLoanPaper({ loan, whose, onClose }: { loan: Loan; whose: For; onClose: () => void }) {
  const queries = useQueryClient();
  const types = useQuery(reading("/api/documents/types"));
  const [newId] = useState(() => crypto.randomUUID());
  async function send(body: FormData) {
    if (whose === "loan") {
      await call("post", "/api/documents/loan/{loan_id}", { path: { loan_id: loan.id }, body });
    } else {
      const path = { loan_id: loan.id, guarantor_id: whose === "new" ? newId : whose.id };
      await call("post", "/api/documents/loan/{loan_id}/guarantor/{guarantor_id}", { path, body });
    }
    await queries.invalidateQueries({ queryKey: ["/api/loans/{loan_id}"] });
  }
  const title = whose === "loan" ? t("documents.new") : whose === "new" ? t("guarantors.new") : whose.name;
  return (
    <NewPaper
      title={title}
      types={types.data?.data ?? []}
      {...(whose === "new" ? { nameLabel: t("guarantors.name") } : {})}
      send={send}
      onClose={onClose}
    />
  );
}
