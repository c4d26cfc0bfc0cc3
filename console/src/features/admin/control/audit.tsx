import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { paging } from "@/api/queries";
import type { Data } from "@/api/types";
import { shownMoment } from "@/lib/days";
import { given } from "@/lib/given";
import { nameOf } from "@/lib/people";
import { t } from "@/lib/text";
import { Empty } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { type Column, Table } from "@/ui/table";
import {
  ChoiceFilter,
  DayFilter,
  Downloads,
  FilterBar,
  FilterPager,
  SortChoice,
  useFilters,
  useOrder,
} from "../filters";
import { Chain } from "./chain";

const LIMIT = 20;
// As the trail itself calls them.
const ENTITIES = [
  "User",
  "Union",
  "UnionMember",
  "Loan",
  "LoanType",
  "Repayment",
  "Document",
  "DocumentType",
  "Settings",
  "ReportSession",
  "UserNote",
  "Backup",
  "System",
] as const;
export type Entry = Data<"/api/audit-logs", "get">[number];

/** Who did it; nobody for what the platform does by itself. */
export function actorOf({ actor }: Entry): string {
  return actor ? nameOf(actor) : t("admin.audit.platform");
}

const columns = (): readonly Column<Entry>[] => [
  {
    name: t("admin.audit.action"),
    cell: entry => (
      <Link
        to="/admin/audit/$entryId"
        params={{ entryId: entry.id }}
        className="-my-2 inline-flex min-h-11 items-center wrap-anywhere text-brand underline-offset-4 hover:underline"
      >
        {entry.action}
      </Link>
    ),
  },
  { name: t("admin.audit.entity"), cell: ({ entityName }) => entityName },
  { name: t("admin.audit.who"), cell: actorOf, long: true },
  {
    name: t("admin.signIns.when"),
    orders: { up: "oldest", down: "newest" },
    cell: ({ createdAt }) => shownMoment(createdAt),
  },
  { name: t("admin.audit.from"), cell: ({ ipAddress }) => ipAddress, roomy: true },
];

const orders = () =>
  [
    ["newest", t("admin.order.newest")],
    ["oldest", t("admin.order.oldest")],
  ] as const;

/** Who did what, and whether anybody has touched the trail of it. */
export function AuditPage() {
  const [{ q, entity, action, user, from, to, page = 1 }] = useFilters();
  const narrowed = { search: q, entityName: entity, action, actorUserId: user, dateFrom: from, dateTo: to };
  const [order, onOrder] = useOrder(orders());
  const query = useQuery(paging("/api/audit-logs", { ...given(narrowed), order, page, limit: LIMIT }));
  return (
    <Page title={t("admin.audit.title")} onBack={() => history.back()} wide>
      <Chain />
      <FilterBar label={t("admin.audit.search")}>
        <div className="col-span-2 grid grid-cols-2 gap-3 sm:grid-cols-4 lg:col-span-4">
          <ChoiceFilter
            name="entity"
            label={t("admin.audit.entity")}
            choices={ENTITIES.map(name => [name, name] as const)}
          />
          <DayFilter name="from" label={t("admin.from")} />
          <DayFilter name="to" label={t("admin.to")} />
          <SortChoice orders={orders()} />
        </div>
      </FilterBar>
      <Loaded query={query} lines={6}>
        {({ data, pagination }) => (
          <>
            {data.length === 0 && <Empty>{t("list.nothingFound")}</Empty>}
            {data.length > 0 && (
              <Table label={t("admin.audit.title")} columns={columns()} rows={data} sorting={{ order, onOrder }} />
            )}
            <FilterPager pagination={pagination} />
            <Downloads path="/api/audit-logs/export" query={narrowed} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
