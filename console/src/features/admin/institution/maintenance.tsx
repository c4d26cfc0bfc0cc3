import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "@/api/client";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Card, Notice } from "@/ui/card";
import { Confirm } from "@/ui/confirm";
import { AreaField } from "@/ui/field";

/** Keeps everybody but admins out, or lets them in again. */
export function Maintenance({ isOn, message }: { isOn: boolean; message: string | null }) {
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const [words, setWords] = useState(message ?? "");
  return (
    <Card className="grid gap-4">
      <Notice tone={isOn ? "warn" : "good"}>{t(isOn ? "admin.maintenance.on" : "admin.maintenance.off")}</Notice>
      {!isOn && (
        <AreaField
          label={t("admin.maintenance.message")}
          hint={t("admin.maintenance.messageHint")}
          rows={2}
          value={words}
          onChange={event => setWords(event.target.value)}
        />
      )}
      <Button look={isOn ? "main" : "caution"} className="justify-self-start" onClick={() => setAsking(true)}>
        {t(isOn ? "admin.maintenance.end" : "admin.maintenance.begin")}
      </Button>
      {isAsking && (
        <Confirm
          title={t("admin.maintenance.title")}
          yes={t(isOn ? "admin.maintenance.end" : "admin.maintenance.begin")}
          danger={!isOn}
          act={() =>
            call("put", "/api/settings/general", {
              body: { maintenanceMode: !isOn, ...(isOn ? {} : { maintenanceMessage: words || null }) },
            })
          }
          onDone={() => queries.invalidateQueries()}
          onClose={() => setAsking(false)}
        >
          <p>{t(isOn ? "admin.maintenance.endExplain" : "admin.maintenance.beginExplain")}</p>
        </Confirm>
      )}
    </Card>
  );
}
