import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import { shownMoment } from "@/lib/days";
import { deviceOf } from "@/lib/devices";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Badge, Section } from "@/ui/card";
import { Confirm } from "@/ui/confirm";
import { Empty, LineContent, List } from "@/ui/list";
import { Loaded } from "@/ui/loaded";

const SESSIONS = "/api/users/{user_id}/sessions";

/** Where somebody is signed in; a session on a lost phone is ended here. */
export function SessionsOf({ userId }: { userId: string }) {
  const queries = useQueryClient();
  const [ending, setEnding] = useState<string | null>(null);
  const query = useQuery(reading(SESSIONS, { path: { user_id: userId } }));
  return (
    <Section title={t("admin.sessions.title")}>
      <Loaded query={query} lines={1}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty>{t("admin.sessions.none")}</Empty>
          ) : (
            <List>
              {data.map(session => (
                <li key={session.id} className="flex items-center gap-3 px-4 py-2">
                  <LineContent
                    goes={false}
                    title={deviceOf(session.userAgent) || t("me.unknownDevice")}
                    below={[t("me.sessionSince", { when: shownMoment(session.createdAt) }), session.ipAddress]
                      .filter(Boolean)
                      .join(" · ")}
                  />
                  {session.isCurrent ? (
                    <Badge tone="good">{t("me.thisDevice")}</Badge>
                  ) : (
                    <Button look="caution" className="px-3" onClick={() => setEnding(session.id)}>
                      {t("admin.sessions.end")}
                    </Button>
                  )}
                </li>
              ))}
            </List>
          )
        }
      </Loaded>
      {ending && (
        <Confirm
          title={t("admin.sessions.endTitle")}
          yes={t("admin.sessions.endYes")}
          danger
          act={() =>
            call("delete", "/api/users/{user_id}/sessions/{session_id}", {
              path: { user_id: userId, session_id: ending },
            })
          }
          onDone={() => queries.invalidateQueries({ queryKey: [SESSIONS] })}
          onClose={() => setEnding(null)}
        >
          <p>{t("admin.sessions.endExplain")}</p>
        </Confirm>
      )}
    </Section>
  );
}
