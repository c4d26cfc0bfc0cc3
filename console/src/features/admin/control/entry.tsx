import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { reading } from "@/api/queries";
import { shownMoment } from "@/lib/days";
import { t } from "@/lib/text";
import { Badge, Card, Facts, Section } from "@/ui/card";
import { Folded } from "@/ui/folded";
import { Empty } from "@/ui/list";
import { LoadedPage } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { type Column, Table } from "@/ui/table";
import { actorOf, type Entry } from "./audit";
import { type Change, changesOf } from "./changes";

type Row = Change & { id: string };

const columns = (): readonly Column<Row>[] => [
  { name: t("admin.audit.fact"), cell: ({ name }) => name, long: true },
  { name: t("admin.audit.before"), cell: ({ before }) => before, long: true },
  {
    name: t("admin.audit.after"),
    cell: ({ after, isChanged }) =>
      after !== null && <span className={isChanged ? "rounded bg-warn-soft px-1 text-warn" : ""}>{after}</span>,
    long: true,
  },
];

/** What somebody did: all that is known of it, with before and after side by side. */
export function AuditEntryPage() {
  const { entryId } = useParams({ from: "/signed-in/admin/audit/$entryId" });
  const query = useQuery(reading("/api/audit-logs/{entry_id}", { path: { entry_id: entryId } }));
  return (
    <LoadedPage query={query}>
      {({ data }) => {
        const changes = changesOf(data.before, data.after).map(change => ({ ...change, id: change.name }));
        const changed = changes.filter(({ isChanged }) => isChanged);
        const same = changes.filter(({ isChanged }) => !isChanged);
        const about = changesOf(null, data.metadata);
        return (
          <Page title={data.action} below={shownMoment(data.createdAt)} onBack={() => history.back()} wide>
            <Card>
              <Facts
                facts={[
                  [t("admin.audit.who"), <Actor key="actor" entry={data} />],
                  [t("admin.audit.entity"), `${data.entityName} ${data.entityId}`],
                  [t("admin.audit.from"), data.ipAddress],
                  [t("admin.audit.with"), data.userAgent],
                  ...about.map(({ name, after }) => [name, after] as const),
                ]}
              />
            </Card>
            <Section
              title={t("admin.audit.changes")}
              aside={<Badge tone={changed.length ? "warn" : "plain"}>{String(changed.length)}</Badge>}
            >
              {changed.length === 0 && <Empty>{t("admin.audit.nothingChanged")}</Empty>}
              {changed.length > 0 && <Table label={t("admin.audit.changes")} columns={columns()} rows={changed} />}
              {same.length > 0 && (
                <Folded title={t("admin.audit.same", { count: same.length })}>
                  <Table label={t("admin.audit.same", { count: same.length })} columns={columns()} rows={same} />
                </Folded>
              )}
            </Section>
          </Page>
        );
      }}
    </LoadedPage>
  );
}

function Actor({ entry }: { entry: Entry }) {
  if (!entry.actor) return actorOf(entry);
  return (
    <Link
      to="/admin/staff/$userId"
      params={{ userId: entry.actor.id }}
      className="text-brand underline-offset-4 hover:underline"
    >
      {actorOf(entry)}
    </Link>
  );
}
