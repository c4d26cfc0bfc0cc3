import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import { t, tOf } from "@/lib/text";
import { Button } from "@/ui/button";
import { Card, Notice } from "@/ui/card";
import { Confirm } from "@/ui/confirm";
import { EntryForm } from "@/ui/entry-form";
import { CheckField } from "@/ui/field";
import { Folded } from "@/ui/folded";
import { LoadedPage } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { InUse } from "./document-types";
import {
  bodyOf,
  CONDITIONS,
  type Condition,
  entries,
  type LoanType,
  type LoanTypeValues,
  valuesOf,
} from "./loan-type-form";

/** A new kind of loan. */
export function NewLoanTypePage() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return (
    <Page title={t("admin.loanTypes.new")} onBack={() => history.back()}>
      <LoanTypeForm
        type={null}
        save={async (values, allowed) => {
          const made = await call("post", "/api/loan-types", { body: bodyOf(values, allowed) });
          await queries.invalidateQueries({ queryKey: ["/api/loan-types"] });
          await navigate({ to: "/admin/loan-types", replace: true });
          return made;
        }}
      />
    </Page>
  );
}

/** A kind of loan: its terms, which hold for loans from now on, and whether it can be applied for. */
export function LoanTypePage() {
  const { loanTypeId } = useParams({ from: "/signed-in/admin/loan-types/$loanTypeId" });
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [act, setAct] = useState<"toggle" | "delete" | null>(null);
  const path = { loan_type_id: loanTypeId };
  const query = useQuery(reading("/api/loan-types/{loan_type_id}", { path }));
  const close = () => setAct(null);
  return (
    <LoadedPage query={query}>
      {({ data }) => (
        <Page title={data.name} below={<InUse isActive={data.isActive} />} onBack={() => history.back()}>
          {data._count.loans > 0 && (
            <Notice tone="brand">{t("admin.loanTypes.changes", { count: data._count.loans })}</Notice>
          )}
          <LoanTypeForm
            key={`${data.id} ${data.allowedOverrides.join()}`}
            type={data}
            save={async (values, allowed) => {
              const body = bodyOf(values, allowed);
              const changed = await call("put", "/api/loan-types/{loan_type_id}", { path, body });
              await queries.invalidateQueries();
              return changed;
            }}
          />
          <div className="flex flex-wrap gap-2">
            <Button look="quiet" onClick={() => setAct("toggle")}>
              {t(data.isActive ? "admin.loanTypes.stop" : "admin.loanTypes.offer")}
            </Button>
            <Button look="caution" onClick={() => setAct("delete")}>
              {t("admin.delete")}
            </Button>
          </div>
          {act === "toggle" && (
            <Confirm
              title={t(data.isActive ? "admin.loanTypes.stop" : "admin.loanTypes.offer")}
              yes={t(data.isActive ? "admin.loanTypes.stop" : "admin.loanTypes.offer")}
              act={() => call("put", "/api/loan-types/{loan_type_id}/toggle-status", { path })}
              onDone={() => queries.invalidateQueries()}
              onClose={close}
            >
              <p>{t(data.isActive ? "admin.loanTypes.stopExplain" : "admin.loanTypes.offerExplain")}</p>
            </Confirm>
          )}
          {act === "delete" && (
            <Confirm
              title={t("admin.delete")}
              yes={t("admin.staff.deleteYes", { name: data.name })}
              danger
              act={() => call("delete", "/api/loan-types/{loan_type_id}", { path })}
              onDone={async () => {
                await navigate({ to: "/admin/loan-types", replace: true });
                await queries.invalidateQueries({ queryKey: ["/api/loan-types"] });
              }}
              onClose={close}
            >
              <p>{t("admin.loanTypes.deleteExplain")}</p>
            </Confirm>
          )}
        </Page>
      )}
    </LoadedPage>
  );
}

type FormProps = {
  type: LoanType | null;
  save: (values: LoanTypeValues, allowed: ReadonlySet<Condition>) => Promise<{ message: string }>;
};

function LoanTypeForm({ type, save }: FormProps) {
  const [allowed, setAllowed] = useState<ReadonlySet<Condition>>(new Set(type?.allowedOverrides ?? []));
  const toggle = (name: Condition) =>
    setAllowed(old => new Set(CONDITIONS.filter(each => (each === name) !== old.has(each))));
  return (
    <Card>
      <EntryForm
        columns
        initial={valuesOf(type)}
        submit={t(type ? "admin.save" : "admin.loanTypes.create")}
        save={values => save(values, allowed)}
        entries={entries()}
      >
        {() => (
          <Folded title={t("admin.loanTypes.overrides", { count: allowed.size })}>
            <div className="grid sm:grid-cols-2">
              {CONDITIONS.map(name => (
                <CheckField
                  key={name}
                  label={tOf("admin.condition", name)}
                  checked={allowed.has(name)}
                  onChange={() => toggle(name)}
                />
              ))}
            </div>
          </Folded>
        )}
      </EntryForm>
    </Card>
  );
}
