import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { paging } from "@/api/queries";
import type { Data } from "@/api/types";
import { given } from "@/lib/given";
import { nameOf } from "@/lib/people";
import { t } from "@/lib/text";
import { Button, buttonClasses } from "@/ui/button";
import { Icon } from "@/ui/icon";
import { Empty } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { type Column, Table } from "@/ui/table";
import { ChoiceFilter, Downloads, FilterBar, FilterPager, SortChoice, useFilters, useOrder } from "../filters";
import { AssignDialog, type Chosen } from "./assign";
import { useOfficers } from "./officers";

const LIMIT = 20;
type Row = Data<"/api/unions", "get">[number];

const orders = () =>
  [
    ["newest", t("admin.order.newest")],
    ["oldest", t("admin.order.oldest")],
    ["name", t("admin.order.name")],
    ["name-reversed", t("admin.order.nameReversed")],
  ] as const;

/** All unions with who looks after them; some of them are chosen here and given to another officer. */
export function AssignmentPage() {
  const [{ q, user, page = 1 }] = useFilters();
  const officers = useOfficers();
  const [chosen, setChosen] = useState<readonly Chosen[]>([]);
  const [isAssigning, setAssigning] = useState(false);
  const narrowed = { search: q, creditOfficerId: user };
  const [order, onOrder] = useOrder(orders());
  const query = useQuery(paging("/api/unions", { ...given(narrowed), order, page, limit: LIMIT }));
  const toggle = ({ id, name }: Row) =>
    setChosen(old => (old.some(each => each.id === id) ? old.filter(each => each.id !== id) : [...old, { id, name }]));
  return (
    <Page
      title={t("admin.assign.title")}
      wide
      aside={
        <div className="flex flex-wrap justify-end gap-2">
          <Link to="/admin/assignment/history" className={buttonClasses("quiet")}>
            {t("admin.assign.history")}
          </Link>
          <Link to="/admin/unions/new" className={buttonClasses("quiet")}>
            <Icon name="add" className="size-5" /> {t("admin.union.new")}
          </Link>
        </div>
      }
    >
      <FilterBar label={t("unions.search")}>
        <ChoiceFilter name="user" label={t("member.officer")} choices={officers} />
        <SortChoice orders={orders()} />
      </FilterBar>
      {chosen.length > 0 && (
        <div className="sticky top-2 z-5 flex flex-wrap items-center justify-between gap-3 rounded-2xl border border-line bg-card p-3 shadow-lg">
          <p className="min-w-0 px-1 font-medium">{t("admin.assign.chosen", { count: chosen.length })}</p>
          <div className="flex flex-wrap gap-2">
            <Button look="quiet" onClick={() => setChosen([])}>
              {t("admin.assign.none")}
            </Button>
            <Button onClick={() => setAssigning(true)}>{t("admin.assign.give")}</Button>
          </div>
        </div>
      )}
      <Loaded query={query} lines={6}>
        {({ data, pagination }) => (
          <>
            {data.length === 0 && <Empty>{t("list.nothingFound")}</Empty>}
            {data.length > 0 && (
              <Table
                label={t("unions.title")}
                columns={columns(new Set(chosen.map(({ id }) => id)), toggle)}
                rows={data}
                sorting={{ order, onOrder }}
              />
            )}
            <FilterPager pagination={pagination} />
            <Downloads path="/api/unions/export" query={narrowed} />
          </>
        )}
      </Loaded>
      {isAssigning && (
        <AssignDialog
          unions={chosen}
          onClose={() => {
            setAssigning(false);
            setChosen([]);
          }}
        />
      )}
    </Page>
  );
}

function columns(chosen: ReadonlySet<string>, toggle: (union: Row) => void): readonly Column<Row>[] {
  return [
    {
      name: t("loan.union"),
      orders: { up: "name", down: "name-reversed" },
      cell: union => (
        <span className="flex items-center gap-3">
          <input
            type="checkbox"
            aria-label={t("admin.assign.choose", { name: union.name })}
            className="size-5 shrink-0 accent-brand"
            checked={chosen.has(union.id)}
            onChange={() => toggle(union)}
          />
          <Link
            to="/admin/unions/$unionId"
            params={{ unionId: union.id }}
            className="-my-2 flex min-h-11 min-w-0 items-center break-words text-brand underline-offset-4 hover:underline"
          >
            {union.name}
          </Link>
        </span>
      ),
    },
    { name: t("admin.union.location"), cell: ({ location }) => location },
    {
      name: t("member.officer"),
      cell: ({ creditOfficer }) => (
        <Link
          to="/admin/staff/$userId"
          params={{ userId: creditOfficer.id }}
          className="underline-offset-4 hover:underline"
        >
          {nameOf(creditOfficer)}
        </Link>
      ),
    },
    { name: t("admin.assign.members"), cell: ({ _count }) => String(_count.unionMembers), right: true },
    { name: t("admin.assign.loans"), cell: ({ _count }) => String(_count.loans), right: true },
  ];
}
