import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useRouteContext, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import { shownDay, weekday } from "@/lib/days";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { wordsOf } from "@/ui/failure";
import { Empty, LineContent, List } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { toast } from "@/ui/toasts";
import { SUBSCRIPTIONS, type Subscription, SubscriptionForm } from "./subscription-form";

// As many as anybody may have fit.
const LIMIT = 100;

/** The reports that are mailed to who looks at it: when, as what, and the end of it. */
export function SubscriptionsPage() {
  const { me } = useRouteContext({ from: "/signed-in" });
  const router = useRouter();
  const query = useQuery(reading(SUBSCRIPTIONS, { query: { page: 1, limit: LIMIT } }));
  const [changed, setChanged] = useState<Subscription | null>(null);
  return (
    <Page
      title={t("subscription.title")}
      below={t("subscription.to", { email: me.email })}
      onBack={() => router.history.back()}
    >
      <Loaded query={query}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty>{t("subscription.none")}</Empty>
          ) : (
            <List>
              {data.map(each => (
                <li key={each.id} className="grid gap-2 px-4 py-3">
                  <Line subscription={each} />
                  <div className="flex flex-wrap gap-2">
                    <Button look="quiet" className="min-h-11" onClick={() => setChanged(each)}>
                      {t("subscription.change")}
                      <span className="sr-only">{each.title}</span>
                    </Button>
                    <End subscription={each} />
                  </div>
                </li>
              ))}
            </List>
          )
        }
      </Loaded>
      {changed && (
        <SubscriptionForm
          title={changed.title}
          initial={changed}
          yes={t("subscription.save")}
          save={({ frequency, day, format }) =>
            call("put", "/api/reports/subscriptions/{subscription_id}", {
              path: { subscription_id: changed.id },
              body: { frequency, day, format },
            })
          }
          onClose={() => setChanged(null)}
        />
      )}
    </Page>
  );
}

function Line({ subscription }: { subscription: Subscription }) {
  const { name, title, format, filters, nextOn } = subscription;
  return (
    <LineContent
      goes={false}
      title={
        // To the report, narrowed as it is mailed.
        <Link
          to="/reports/$name"
          params={{ name }}
          search={{ ...filters }}
          className="-my-2 inline-flex min-h-11 items-center text-brand underline underline-offset-4"
        >
          {title}
        </Link>
      }
      below={[
        whenOf(subscription),
        t(`reports.${format}`),
        Object.keys(filters).length ? t("subscription.narrowed") : null,
      ]
        .filter(Boolean)
        .join(" · ")}
      belowRight={t("subscription.next", { day: shownDay(nextOn) })}
    />
  );
}

function whenOf({ frequency, day }: Subscription): string {
  if (frequency === "WEEKLY") return t("subscription.onWeekday", { day: weekday(day) });
  return frequency === "MONTHLY" ? t("subscription.onDay", { day }) : t("subscription.frequency.DAILY");
}

function End({ subscription }: { subscription: Subscription }) {
  const queries = useQueryClient();
  const end = useMutation({
    mutationFn: () =>
      call("delete", "/api/reports/subscriptions/{subscription_id}", { path: { subscription_id: subscription.id } }),
    onSuccess: () => toast("good", t("subscription.ended", { title: subscription.title })),
    onError: error => toast("bad", wordsOf(error)),
    onSettled: () => queries.invalidateQueries({ queryKey: [SUBSCRIPTIONS] }),
  });
  return (
    <Button look="caution" className="min-h-11" busy={end.isPending} onClick={() => end.mutate()}>
      {t("subscription.end")}
      <span className="sr-only">{subscription.title}</span>
    </Button>
  );
}
