import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { paging } from "@/api/queries";
import type { Data } from "@/api/types";
import { given } from "@/lib/given";
import { naira } from "@/lib/money";
import { t, tOf } from "@/lib/text";
import { buttonClasses } from "@/ui/button";
import { Icon } from "@/ui/icon";
import { Empty } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { type Column, Table } from "@/ui/table";
import { ChoiceFilter, FilterBar, FilterPager, useFilters } from "../filters";
import { InUse } from "./document-types";

const LIMIT = 20;
type LoanType = Data<"/api/loan-types", "get">[number];

const columns = (): readonly Column<LoanType>[] => [
  {
    name: t("admin.staff.name"),
    cell: type => (
      <Link
        to="/admin/loan-types/$loanTypeId"
        params={{ loanTypeId: type.id }}
        className="-my-2 inline-flex min-h-11 items-center text-brand underline-offset-4 hover:underline"
      >
        {type.name}
      </Link>
    ),
  },
  {
    name: t("admin.loanTypes.amounts"),
    cell: type => t("admin.loanTypes.range", { least: naira(type.minAmount), most: naira(type.maxAmount) }),
  },
  {
    name: t("loan.term"),
    cell: type => `${type.minTerm} – ${type.maxTerm} ${tOf("terms", type.termUnit)}`,
  },
  { name: t("loan.rate"), cell: type => t("loan.rateOf", { rate: Number(type.interestRate) }), right: true },
  { name: t("admin.assign.loans"), cell: type => String(type._count.loans), right: true, roomy: true },
  { name: t("admin.state"), cell: type => <InUse isActive={type.isActive} /> },
];

/** The kinds of loans that can be applied for. */
export function LoanTypesPage() {
  const [{ q, active, page = 1 }] = useFilters();
  const narrowed = given({ search: q, isActive: active === undefined ? undefined : active === "true" });
  const query = useQuery(paging("/api/loan-types", { ...narrowed, page, limit: LIMIT }));
  return (
    <Page
      title={t("admin.loanTypes.title")}
      onBack={() => history.back()}
      wide
      aside={
        <Link to="/admin/loan-types/new" className={buttonClasses("main")}>
          <Icon name="add" className="size-5" /> {t("admin.staff.add")}
        </Link>
      }
    >
      <FilterBar label={t("admin.loanTypes.search")}>
        <ChoiceFilter
          name="active"
          label={t("admin.state")}
          choices={[
            ["true", t("admin.inUse")],
            ["false", t("admin.outOfUse")],
          ]}
        />
      </FilterBar>
      <Loaded query={query} lines={4}>
        {({ data, pagination }) => (
          <>
            {data.length === 0 && <Empty>{t("list.nothingFound")}</Empty>}
            {data.length > 0 && <Table label={t("admin.loanTypes.title")} columns={columns()} rows={data} />}
            <FilterPager pagination={pagination} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
