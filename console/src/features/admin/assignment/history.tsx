import { useQuery } from "@tanstack/react-query";
import { paging } from "@/api/queries";
import type { Data } from "@/api/types";
import { shownMoment } from "@/lib/days";
import { given } from "@/lib/given";
import { t } from "@/lib/text";
import { Empty } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { type Column, Table } from "@/ui/table";
import { DayFilter, FilterBar, FilterPager, useFilters } from "../filters";

const LIMIT = 20;
type Row = Data<"/api/assignment-history", "get">[number];

const columns = (): readonly Column<Row>[] => [
  { name: t("admin.assign.what"), cell: row => row.branchName ?? row.userEmail },
  { name: t("admin.signIns.when"), cell: ({ timestamp }) => shownMoment(timestamp) },
  { name: t("admin.assign.from"), cell: row => row.oldBranchName ?? row.oldManagerEmail, long: true },
  { name: t("admin.assign.to"), cell: row => row.newBranchName ?? row.newManagerEmail, long: true },
  { name: t("admin.assign.by"), cell: ({ changedByEmail }) => changedByEmail, long: true },
  { name: t("admin.assign.reason"), cell: ({ reason }) => reason, roomy: true },
];

/** Which union went from whom to whom, and which member from where to where. */
export function AssignmentHistoryPage() {
  const [{ q, from, to, page = 1 }] = useFilters();
  const narrowed = given({ search: q, dateFrom: from, dateTo: to });
  const query = useQuery(paging("/api/assignment-history", { ...narrowed, page, limit: LIMIT }));
  return (
    <Page title={t("admin.assign.history")} onBack={() => history.back()} wide>
      <FilterBar label={t("admin.assign.search")}>
        <DayFilter name="from" label={t("admin.from")} />
        <DayFilter name="to" label={t("admin.to")} />
      </FilterBar>
      <Loaded query={query} lines={6}>
        {({ data, pagination }) => (
          <>
            {data.length === 0 && <Empty>{t("list.nothingFound")}</Empty>}
            {data.length > 0 && <Table label={t("admin.assign.history")} columns={columns()} rows={data} />}
            <FilterPager pagination={pagination} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
