import { queryOptions, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Me } from "@/api/session";
import { dayOf } from "@/lib/days";
import { kobo, naira } from "@/lib/money";
import { t } from "@/lib/text";
import { database, type Handed, type Sheet } from "@/offline/database";
import { handedBy } from "@/offline/outbox";
import { ON_PHONE } from "@/offline/sending";
import { fetchAhead, keptSheets } from "@/offline/sheets";
import { Badge, Section } from "@/ui/card";
import { LINE, LineContent, List } from "@/ui/list";

const EVERY_MS = 5 * 60_000;
const TONES = { waiting: "warn", answered: "good", refused: "bad" } as const;

type OnPhoneProps = { me: Me; day: string | undefined; handed: readonly Handed[]; kept: readonly Sheet[] };

/** What somebody has handed in on this phone and not seen the end of. */
export function handedQuery(me: Me) {
  return queryOptions({
    queryKey: [ON_PHONE, "handed", me.id],
    queryFn: async () => handedBy(await database(), me.id),
  });
}

/** The sheets of today that were fetched ahead, for an officer whose day cannot be had. */
export function useKept(me: Me, isLost: boolean) {
  return useQuery({
    queryKey: [ON_PHONE, "sheets", me.id],
    queryFn: async () => {
      const today = dayOf(new Date());
      return (await keptSheets(me.id)).filter(({ key }) => key[1] === today).map(({ sheet }) => sheet);
    },
    enabled: isLost && me.role === "CREDIT_OFFICER",
  });
}

/** What this phone has of its own: sheets that were handed in and need a look, and without a line those of the day. */
export function OnPhone({ me, day, handed, kept }: OnPhoneProps) {
  const isOfficer = me.role === "CREDIT_OFFICER";
  // All sheets of the day, before the officer leaves for where there is no line.
  useQuery({
    queryKey: ["ahead", me.id, day],
    queryFn: async () => fetchAhead(me.id, day ?? dayOf(new Date())).then(() => true),
    enabled: isOfficer && day !== undefined,
    staleTime: EVERY_MS,
    refetchInterval: EVERY_MS,
    retry: false,
  });
  return (
    <>
      {handed.length > 0 && (
        <Section title={t("phone.handed")}>
          <List>
            {handed.map(({ id, unionId, unionName, body, state }) => (
              <li key={id}>
                <Link to="/unions/$unionId/sheet" params={{ unionId }} className={LINE}>
                  <LineContent
                    title={unionName}
                    right={naira(String(body.cashHandedOver))}
                    below={<Badge tone={TONES[state.is]}>{t(`phone.${state.is}`)}</Badge>}
                  />
                </Link>
              </li>
            ))}
          </List>
        </Section>
      )}
      {kept.length > 0 && <Kept sheets={kept} />}
    </>
  );
}

function Kept({ sheets }: { sheets: readonly Sheet[] }) {
  return (
    <Section title={t("phone.sheets")}>
      <List>
        {sheets.map(({ union, totals }) => (
          <li key={union.id}>
            <Link to="/unions/$unionId/sheet" params={{ unionId: union.id }} className={LINE}>
              <LineContent
                title={union.name}
                right={naira(kobo(totals.dueToday) + kobo(totals.arrears))}
                below={t("phone.lines", { count: totals.lines })}
                belowRight={t("sheet.due")}
              />
            </Link>
          </li>
        ))}
      </List>
    </Section>
  );
}
