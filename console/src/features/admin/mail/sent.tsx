import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "@/api/client";
import { paging } from "@/api/queries";
import type { Data } from "@/api/types";
import { shownMoment } from "@/lib/days";
import { given } from "@/lib/given";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Badge, Section } from "@/ui/card";
import { wordsOf } from "@/ui/failure";
import { Empty } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { type Column, Table } from "@/ui/table";
import { toast } from "@/ui/toasts";
import { ChoiceFilter, FilterPager, useFilters } from "../filters";

const LIMIT = 20;
const MAILS = "/api/settings/mails";
const STATUSES = ["PENDING", "SENT", "WRITTEN", "SKIPPED", "DEAD"] as const;
const TONES = { PENDING: "warn", SENT: "good", WRITTEN: "good", SKIPPED: "plain", DEAD: "bad" } as const;
type Mail = Data<typeof MAILS, "get">[number];

/** What was sent, waits or could not be sent; what could not is tried again from here. */
export function SentMails() {
  const [{ status, page = 1 }] = useFilters();
  const queries = useQueryClient();
  const chosen = given({ status: STATUSES.find(known => known === status) });
  const query = useQuery(paging(MAILS, { ...chosen, page, limit: LIMIT }));
  const again = useMutation({
    mutationFn: (id: string) => call("post", "/api/settings/mails/{mail_id}/retry", { path: { mail_id: id } }),
    onSuccess: async ({ message }) => {
      await queries.invalidateQueries({ queryKey: [MAILS] });
      toast("good", message);
    },
    onError: error => toast("bad", wordsOf(error)),
  });
  const columns: readonly Column<Mail>[] = [
    { name: t("admin.mail.to"), cell: ({ to }) => to, long: true },
    { name: t("admin.mail.subject"), cell: ({ subject, template }) => subject ?? template },
    {
      name: t("admin.state"),
      cell: mail => <Badge tone={TONES[mail.status]}>{t(`admin.mailStatus.${mail.status}`)}</Badge>,
    },
    { name: t("admin.signIns.when"), cell: ({ createdAt }) => shownMoment(createdAt), roomy: true },
    {
      name: t("admin.mail.error"),
      cell: ({ error, status: state, id }) => (
        <span className="grid justify-items-start gap-2">
          {error}
          {state === "DEAD" && (
            <Button look="quiet" className="min-h-11" busy={again.isPending} onClick={() => again.mutate(id)}>
              {t("admin.mail.again")}
            </Button>
          )}
        </span>
      ),
    },
  ];
  return (
    <Section title={t("admin.mail.sent")}>
      <div className="max-w-xs">
        <ChoiceFilter
          name="status"
          label={t("admin.state")}
          choices={STATUSES.map(name => [name, t(`admin.mailStatus.${name}`)] as const)}
        />
      </div>
      <Loaded query={query} lines={3}>
        {({ data, pagination }) => (
          <>
            {data.length === 0 && <Empty>{t("list.nothingFound")}</Empty>}
            {data.length > 0 && <Table label={t("admin.mail.sent")} columns={columns} rows={data} />}
            <FilterPager pagination={pagination} />
          </>
        )}
      </Loaded>
    </Section>
  );
}
