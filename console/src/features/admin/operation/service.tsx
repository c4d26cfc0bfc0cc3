import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import type { Data } from "@/api/types";
import { shownMoment } from "@/lib/days";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Badge, Card, Facts } from "@/ui/card";
import { Confirm } from "@/ui/confirm";
import { wordsOf } from "@/ui/failure";
import { Skeleton } from "@/ui/list";
import { healthOf, type Service } from "./services";

const ASK_MS = 5000;
const TONES = { good: "good", slow: "warn", failing: "bad", unknown: "warn" } as const;

/** A part of the platform: what waits in it and what it gave up. That it does not answer is said as well. */
export function ServiceCard({ service }: { service: Service }) {
  const queries = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const query = useQuery({ ...reading(`/api/system/${service}`), refetchInterval: ASK_MS });
  const state = query.data?.data;
  const name = t(`admin.service.${service}`);
  if (!state && !query.error) return <Skeleton lines={1} />;
  return (
    <Card className="grid content-start gap-3">
      <h3 className="flex flex-wrap items-center justify-between gap-2 font-semibold">
        {name}
        {query.error || !state ? (
          <Badge tone="bad">{t("admin.health.down")}</Badge>
        ) : (
          <Badge tone={TONES[healthOf(state)]}>{t(`admin.health.${healthOf(state)}`)}</Badge>
        )}
      </h3>
      {query.error && <p className="text-sm text-bad">{wordsOf(query.error)}</p>}
      {state && <Backlog state={state} />}
      {Boolean(state?.deadLetters) && (
        <Button look="quiet" onClick={() => setAsking(true)}>
          {t("admin.system.resend")}
        </Button>
      )}
      {isAsking && (
        <Confirm
          title={t("admin.system.resend")}
          yes={t("admin.system.resend")}
          act={() => call("post", `/api/system/${service}/dead-letters/resend`)}
          onDone={() => queries.invalidateQueries({ queryKey: [`/api/system/${service}`] })}
          onClose={() => setAsking(false)}
        >
          <p>{t("admin.system.resendExplain", { name })}</p>
        </Confirm>
      )}
    </Card>
  );
}

function Backlog({ state }: { state: Data<"/api/system/lending", "get"> }) {
  const asked = (count: number | null) => (count === null ? t("admin.system.unknown") : String(count));
  const waiting = (count: number, seconds: number) =>
    count ? t("admin.system.since", { count, seconds }) : String(count);
  return (
    <Facts
      facts={[
        [t("admin.system.unpublished"), waiting(state.unpublished, state.unpublishedSeconds)],
        [t("admin.system.queued"), asked(state.queued)],
        [t("admin.system.deferred"), waiting(state.deferred, state.deferredSeconds)],
        [t("admin.system.deadLetters"), asked(state.deadLetters)],
        [t("admin.system.checked"), shownMoment(state.checkedAt)],
      ]}
    />
  );
}
