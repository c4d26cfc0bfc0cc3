import { useQuery } from "@tanstack/react-query";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import { shownMoment } from "@/lib/days";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Badge, Card } from "@/ui/card";
import { Loaded } from "@/ui/loaded";

const VERIFY = "/api/audit-logs/verify";
const TONES = { NONE: "plain", HOLDS: "good", BROKEN: "bad", FAILED: "warn" } as const;
const ASK_MS = 2000;

/** Whether each entry of the trail still follows from the one before it. */
export function Chain() {
  const query = useQuery({
    ...reading(VERIFY),
    // While it is verified, how far that is.
    refetchInterval: ({ state }) => (state.data?.data.running ? ASK_MS : false),
  });
  async function verify() {
    await call("get", VERIFY, { query: { fresh: true } });
    await query.refetch();
  }
  return (
    <Loaded query={query} lines={1}>
      {({ data }) => (
        <Card className="flex flex-wrap items-center justify-between gap-3">
          <div className="grid min-w-0 gap-1">
            <span className="flex flex-wrap items-center gap-2 font-medium">
              {t("admin.chain.title")} <Badge tone={TONES[data.state]}>{t(`admin.chain.${data.state}`)}</Badge>
            </span>
            <span className="text-sm text-soft">
              {data.fault}{" "}
              {data.verifiedAt &&
                t("admin.chain.verified", { when: shownMoment(data.verifiedAt), count: data.entries ?? 0 })}
            </span>
          </div>
          <Button look="quiet" busy={data.running !== null} onClick={verify}>
            {data.running
              ? t("admin.chain.running", { percent: Math.round(data.running.progress * 100) })
              : t("admin.chain.verify")}
          </Button>
        </Card>
      )}
    </Loaded>
  );
}
