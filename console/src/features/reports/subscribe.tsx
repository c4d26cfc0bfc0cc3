import { useRouteContext } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { call } from "@/api/client";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { withoutDays } from "./asked";
import type { Definition } from "./page";
import { SUBSCRIPTIONS, SubscriptionForm, type Terms } from "./subscription-form";

const FIRST = { frequency: "WEEKLY", day: 1, format: "pdf" } as const satisfies Terms;

/** Has this report mailed now and then, narrowed as it is; its days follow from when it is sent. */
export function Subscribe({ definition, asked }: { definition: Definition; asked: Record<string, string> }) {
  const { me } = useRouteContext({ from: "/signed-in" });
  const [isOpen, setOpen] = useState(false);
  // Of the same terms there is one, however often they are sent.
  const sent = useRef({ terms: "", key: crypto.randomUUID() });
  if (me.role === "CREDIT_OFFICER") return null;
  async function subscribe(terms: Terms) {
    const body = { name: definition.name, filters: withoutDays(asked), ...terms };
    if (sent.current.terms !== JSON.stringify(body)) {
      sent.current = { terms: JSON.stringify(body), key: crypto.randomUUID() };
    }
    await call("post", SUBSCRIPTIONS, { body, key: sent.current.key });
    return { message: t("subscription.made", { email: me.email }) };
  }
  return (
    <>
      <Button look="plain" className="-ml-3 justify-self-start" onClick={() => setOpen(true)}>
        {t("subscription.subscribe")}
      </Button>
      {isOpen && (
        <SubscriptionForm
          title={definition.title}
          initial={FIRST}
          yes={t("subscription.yes")}
          save={subscribe}
          onClose={() => {
            sent.current.terms = "";
            setOpen(false);
          }}
        />
      )}
    </>
  );
}
