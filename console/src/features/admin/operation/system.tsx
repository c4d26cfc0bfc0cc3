import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "@/api/client";
import { Problem } from "@/lib/problem";
import { t } from "@/lib/text";
import { Button, buttonClasses } from "@/ui/button";
import { Card, Section } from "@/ui/card";
import { Confirm } from "@/ui/confirm";
import { EntryForm } from "@/ui/entry-form";
import { Page } from "@/ui/page";
import { ServiceCard } from "./service";
import { SERVICES } from "./services";

/** How the platform is, part by part, each as it says itself; and what sets right what went wrong. */
export function SystemPage() {
  return (
    <Page title={t("admin.system.title")} onBack={() => history.back()} wide>
      <Section title={t("admin.system.parts")}>
        <div className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
          {SERVICES.map(service => (
            <ServiceCard key={service} service={service} />
          ))}
        </div>
      </Section>
      <div className="grid items-start gap-6 lg:grid-cols-2">
        <Schedules />
        <Section title={t("admin.maintenance.title")}>
          <Card>
            <Link to="/admin/settings" className={buttonClasses("quiet")}>
              {t("admin.system.toMaintenance")}
            </Link>
          </Card>
        </Section>
      </div>
    </Page>
  );
}

/** Makes schedules that are missing, or that of one loan anew. */
function Schedules() {
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  return (
    <Section title={t("admin.schedules.title")}>
      <Card className="grid gap-5">
        <div className="grid gap-3">
          <p className="text-soft">{t("admin.schedules.missing")}</p>
          <Button look="quiet" className="justify-self-start" onClick={() => setAsking(true)}>
            {t("admin.schedules.makeMissing")}
          </Button>
        </div>
        <EntryForm
          initial={{ loanNumber: "" }}
          submit={t("admin.schedules.regenerate")}
          save={({ loanNumber }) => regenerate(loanNumber.trim())}
          onSaved={() => queries.invalidateQueries()}
          entries={[{ name: "loanNumber", label: t("admin.schedules.loan"), hint: t("admin.schedules.hint") }]}
        />
      </Card>
      {isAsking && (
        <Confirm
          title={t("admin.schedules.makeMissing")}
          yes={t("admin.schedules.makeMissing")}
          act={() => call("post", "/api/loans/generate-missing-schedules")}
          onDone={() => queries.invalidateQueries()}
          onClose={() => setAsking(false)}
        >
          <p>{t("admin.schedules.missing")}</p>
        </Confirm>
      )}
    </Section>
  );
}

/** Makes the schedule of the loan with this number anew; payments are put on it again. */
async function regenerate(loanNumber: string): Promise<{ message: string }> {
  const found = await call("get", "/api/loans", { query: { search: loanNumber, page: 1, limit: 2 } });
  const loan = found.data.find(each => each.loanNumber.toUpperCase() === loanNumber.toUpperCase());
  if (!loan) return Promise.reject(new Problem(404, t("admin.schedules.noLoan"), "not-found"));
  return call("post", "/api/loans/regenerate-schedule/{loan_id}", { path: { loan_id: loan.id } });
}
