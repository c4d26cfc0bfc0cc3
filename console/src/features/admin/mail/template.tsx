import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import type { Data } from "@/api/types";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Card, Notice, Section } from "@/ui/card";
import { Confirm } from "@/ui/confirm";
import { EntryForm } from "@/ui/entry-form";
import { wordsOf } from "@/ui/failure";
import { LoadedPage } from "@/ui/loaded";
import { Page } from "@/ui/page";

const TEMPLATE = "/api/settings/email-templates/{id_or_key}";
type Template = Data<typeof TEMPLATE, "get">;

/** The words of a mail, and how it looks with examples for what is filled in. */
export function TemplatePage() {
  const { key } = useParams({ from: "/signed-in/admin/templates/$key" });
  const query = useQuery(reading(TEMPLATE, { path: { id_or_key: key } }));
  return (
    <LoadedPage query={query}>
      {({ data }) => (
        <Page title={data.subject} below={`${data.module} · ${data.key}`} onBack={() => history.back()} wide>
          <div className="grid items-start gap-6 lg:grid-cols-2">
            <Edit key={data.key} template={data} />
            <div className="grid gap-6">
              <Preview template={data} />
              <Sample template={data} />
            </div>
          </div>
        </Page>
      )}
    </LoadedPage>
  );
}

function Edit({ template }: { template: Template }) {
  const queries = useQueryClient();
  const [isResetting, setResetting] = useState(false);
  const [resets, setResets] = useState(0);
  const path = { id_or_key: template.key };
  const { subject, content, emailEnabled } = template;
  return (
    <Section title={t("admin.templates.words")}>
      <Card className="grid gap-4">
        <EntryForm
          key={resets}
          initial={{ subject, content, emailEnabled }}
          submit={t("admin.save")}
          save={body => call("put", TEMPLATE, { path, body })}
          onSaved={() => queries.invalidateQueries()}
          entries={[
            { name: "subject", label: t("admin.mail.subject") },
            {
              name: "content",
              label: t("admin.templates.content"),
              kind: "area",
              lines: 12,
              hint: t("admin.templates.variables", { names: template.variables.map(name => `{${name}}`).join(" ") }),
            },
            { name: "emailEnabled", label: t("admin.templates.enabled") },
          ]}
        />
        <Button look="quiet" className="justify-self-start" onClick={() => setResetting(true)}>
          {t("admin.templates.reset")}
        </Button>
      </Card>
      {isResetting && (
        <Confirm
          title={t("admin.templates.reset")}
          yes={t("admin.templates.reset")}
          act={() => call("post", "/api/settings/email-templates/{id_or_key}/reset", { path })}
          onDone={() => {
            setResets(resets + 1);
            return queries.invalidateQueries();
          }}
          onClose={() => setResetting(false)}
        >
          <p>{t("admin.templates.resetExplain")}</p>
        </Confirm>
      )}
    </Section>
  );
}

/** The mail as it would be sent now, in a frame where nothing can run and nothing is loaded. */
function Preview({ template }: { template: Template }) {
  const query = useQuery({
    queryKey: ["preview", template.key, template.updatedAt],
    queryFn: () =>
      call("post", "/api/settings/email-templates/{id_or_key}/preview", { path: { id_or_key: template.key } }),
  });
  const shown = query.data?.data;
  return (
    <Section title={t("admin.templates.preview")}>
      <Card className="grid gap-3">
        {query.error && <Notice tone="bad">{wordsOf(query.error)}</Notice>}
        {shown && (
          <>
            <p className="font-semibold break-words">{shown.subject}</p>
            <iframe
              sandbox=""
              title={t("admin.templates.preview")}
              srcDoc={shown.html}
              className="h-80 w-full rounded-xl border border-line bg-white"
            />
            <pre className="max-h-60 overflow-auto text-sm whitespace-pre-wrap text-soft">{shown.text}</pre>
          </>
        )}
      </Card>
    </Section>
  );
}

function Sample({ template }: { template: Template }) {
  return (
    <Section title={t("admin.templates.sample")}>
      <Card>
        <EntryForm
          initial={{ to: "" }}
          submit={t("admin.mail.tryYes")}
          save={body =>
            call("post", "/api/settings/email-templates/{id_or_key}/test", { path: { id_or_key: template.key }, body })
          }
          entries={[{ name: "to", label: t("admin.mail.to"), kind: "email" }]}
        />
      </Card>
    </Section>
  );
}
