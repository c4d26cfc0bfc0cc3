import { useState } from "react";
import { call } from "@/api/client";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Card, Section } from "@/ui/card";
import { Confirm } from "@/ui/confirm";

const WORD = "DELETE";

/** Empties the platform, where its configuration allows that at all. */
export function Reset() {
  const [isAsking, setAsking] = useState(false);
  return (
    <Section title={t("admin.reset.title")}>
      <Card className="grid gap-3">
        <p>{t("admin.reset.explain")}</p>
        <Button look="danger" className="justify-self-start" onClick={() => setAsking(true)}>
          {t("admin.reset.title")}
        </Button>
      </Card>
      {isAsking && (
        <Confirm
          title={t("admin.reset.title")}
          yes={t("admin.reset.yes")}
          danger
          word={WORD}
          act={() => call("post", "/api/backup/reset", { body: { confirmationToken: WORD } })}
          onDone={() => location.assign("/sign-in")}
          onClose={() => setAsking(false)}
        >
          <p>{t("admin.reset.explain")}</p>
        </Confirm>
      )}
    </Section>
  );
}
