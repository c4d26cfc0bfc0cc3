import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import type { Data } from "@/api/types";
import { shownMoment } from "@/lib/days";
import { deviceOf } from "@/lib/devices";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Badge, Section } from "@/ui/card";
import { wordsOf } from "@/ui/failure";
import { LineContent, List } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { toast } from "@/ui/toasts";

const SESSIONS = "/api/auth/sessions";
type Session = Data<typeof SESSIONS, "get">[number];

/** Where one is signed in, and the end of that: of one, or of all others. */
export function Sessions() {
  const query = useQuery(reading(SESSIONS));
  const endOthers = useEnding(() => call("post", "/api/auth/sessions/revoke-others"));
  return (
    <Section title={t("me.sessions")}>
      <Loaded query={query} lines={1}>
        {({ data }) => (
          <>
            <List>
              {data.map(session => (
                <li key={session.id} className="flex items-center gap-3 px-4 py-3">
                  <LineContent
                    goes={false}
                    title={nameOfDevice(session)}
                    below={[t("me.sessionSince", { when: shownMoment(session.createdAt) }), session.ipAddress]
                      .filter(Boolean)
                      .join(" · ")}
                    belowRight={session.isCurrent && <Badge tone="good">{t("me.thisDevice")}</Badge>}
                  />
                  {!session.isCurrent && <End session={session} />}
                </li>
              ))}
            </List>
            {data.length > 1 && (
              <Button look="quiet" busy={endOthers.isPending} onClick={() => endOthers.mutate()}>
                {t("me.endOthers")}
              </Button>
            )}
          </>
        )}
      </Loaded>
    </Section>
  );
}

function nameOfDevice({ userAgent }: Session): string {
  return deviceOf(userAgent) || t("me.unknownDevice");
}

function End({ session }: { session: Session }) {
  const end = useEnding(() => call("delete", "/api/auth/sessions/{session_id}", { path: { session_id: session.id } }));
  return (
    <Button look="caution" className="min-h-11 px-4" busy={end.isPending} onClick={() => end.mutate()}>
      {t("me.end")}
      <span className="sr-only">{nameOfDevice(session)}</span>
    </Button>
  );
}

function useEnding(end: () => Promise<{ message: string }>) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: end,
    onSuccess: ({ message }) => toast("good", message),
    onError: error => toast("bad", wordsOf(error)),
    onSettled: () => queries.invalidateQueries({ queryKey: [SESSIONS] }),
  });
}
