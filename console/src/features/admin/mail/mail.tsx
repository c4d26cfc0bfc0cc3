import { useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import type { Data } from "@/api/types";
import { t } from "@/lib/text";
import { Card, Section } from "@/ui/card";
import { EntryForm } from "@/ui/entry-form";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { SentMails } from "./sent";

type Settings = Data<"/api/settings/email", "get">;
const ENCRYPTIONS = ["tls", "ssl", "none"] as const;

/** The server that sends mails, a try of it, and what was sent. */
export function MailPage() {
  const query = useQuery(reading("/api/settings/email"));
  return (
    <Page title={t("admin.mail.title")} onBack={() => history.back()} wide>
      <div className="grid items-start gap-6 lg:grid-cols-[3fr_2fr]">
        <Section title={t("admin.mail.server")}>
          <Loaded query={query} lines={4}>
            {({ data }) => <Server settings={data} />}
          </Loaded>
        </Section>
        <Section title={t("admin.mail.try")}>
          <Card>
            <EntryForm
              initial={{ to: "" }}
              submit={t("admin.mail.tryYes")}
              save={body => call("post", "/api/settings/email/test", { body })}
              entries={[{ name: "to", label: t("admin.mail.to"), kind: "email", hint: t("admin.mail.tryHint") }]}
            />
          </Card>
        </Section>
      </div>
      <SentMails />
    </Page>
  );
}

function Server({ settings }: { settings: Settings }) {
  const queries = useQueryClient();
  const initial = { ...settings, smtpEncryption: settings.smtpEncryption as string };
  return (
    <Card>
      <EntryForm
        columns
        initial={initial}
        submit={t("admin.save")}
        save={values => {
          const smtpEncryption = ENCRYPTIONS.find(known => known === values.smtpEncryption) ?? "tls";
          return call("put", "/api/settings/email", { body: { ...values, smtpEncryption } });
        }}
        onSaved={() => queries.invalidateQueries({ queryKey: ["/api/settings/email"] })}
        entries={[
          { name: "enabled", label: t("admin.mail.enabled"), hint: t("admin.mail.enabledHint") },
          {
            name: "smtpEncryption",
            label: t("admin.mail.encryption"),
            choices: ENCRYPTIONS.map(name => [name, t(`admin.encryption.${name}`)] as const),
          },
          { name: "smtpHost", label: t("admin.mail.host"), optional: true },
          { name: "smtpPort", label: t("admin.mail.port"), least: 1 },
          { name: "smtpUsername", label: t("admin.mail.username"), optional: true },
          {
            name: "smtpPassword",
            label: t("signIn.password"),
            kind: "password",
            hint: t("admin.mail.passwordHint"),
            optional: true,
          },
          { name: "fromEmail", label: t("admin.mail.from"), kind: "email", optional: true },
          { name: "fromName", label: t("admin.mail.fromName"), optional: true },
        ]}
      />
    </Card>
  );
}
