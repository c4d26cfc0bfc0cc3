import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { paging } from "@/api/queries";
import type { Data } from "@/api/types";
import { shownMoment } from "@/lib/days";
import { given } from "@/lib/given";
import { nameOf } from "@/lib/people";
import { t, tOf } from "@/lib/text";
import { buttonClasses } from "@/ui/button";
import { Badge } from "@/ui/card";
import { Icon } from "@/ui/icon";
import { Empty } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { type Column, Table } from "@/ui/table";
import { ChoiceFilter, Downloads, FilterBar, FilterPager, SortChoice, useFilters, useOrder } from "../filters";
import { roleChoices, roleOf } from "./roles";

const LIMIT = 20;
type Row = Data<"/api/users", "get">["users"][number];

const columns = (): readonly Column<Row>[] => [
  {
    name: t("admin.staff.name"),
    orders: { up: "name", down: "name-reversed" },
    cell: user => (
      <Link
        to="/admin/staff/$userId"
        params={{ userId: user.id }}
        className="-my-2 inline-flex min-h-11 items-center break-words font-medium text-brand underline-offset-4 hover:underline"
      >
        {nameOf(user)}
      </Link>
    ),
  },
  { name: t("signIn.email"), cell: user => user.email, long: true },
  { name: t("admin.staff.role"), cell: user => tOf("role", user.role) },
  { name: t("me.supervisor"), cell: user => user.supervisor && nameOf(user.supervisor), roomy: true },
  { name: t("admin.staff.state"), cell: user => <AccountState isActive={user.isActive} /> },
  {
    name: t("admin.staff.lastSignIn"),
    orders: { up: "last-sign-in-reversed", down: "last-sign-in", first: "down" },
    cell: user => (user.lastLoginAt ? shownMoment(user.lastLoginAt) : t("admin.staff.never")),
    roomy: true,
  },
];

const orders = () =>
  [
    ["newest", t("admin.order.newest")],
    ["oldest", t("admin.order.oldest")],
    ["name", t("admin.order.name")],
    ["name-reversed", t("admin.order.nameReversed")],
    ["last-sign-in", t("admin.order.lastSignIn")],
    ["last-sign-in-reversed", t("admin.order.lastSignInReversed")],
  ] as const;

/** Whether an account can be signed in with. */
export function AccountState({ isActive }: { isActive: boolean }) {
  return <Badge tone={isActive ? "good" : "bad"}>{t(isActive ? "admin.staff.active" : "admin.staff.inactive")}</Badge>;
}

/** All who work here. */
export function StaffPage() {
  const [{ q, role, active, page = 1 }] = useFilters();
  const narrowed = { search: q, role: roleOf(role), isActive: active === undefined ? undefined : active === "true" };
  const [order, onOrder] = useOrder(orders());
  const query = useQuery(paging("/api/users", { ...given(narrowed), order, page, limit: LIMIT }));
  return (
    <Page
      title={t("admin.staff.title")}
      wide
      aside={
        <div className="flex flex-wrap justify-end gap-2">
          <Link to="/admin/staff/import" className={buttonClasses("quiet")}>
            {t("admin.staff.import")}
          </Link>
          <Link to="/admin/staff/new" className={buttonClasses("main")}>
            <Icon name="add" className="size-5" /> {t("admin.staff.add")}
          </Link>
        </div>
      }
    >
      <FilterBar label={t("admin.staff.search")}>
        <ChoiceFilter name="role" label={t("admin.staff.role")} choices={roleChoices()} />
        <ChoiceFilter
          name="active"
          label={t("admin.staff.state")}
          choices={[
            ["true", t("admin.staff.active")],
            ["false", t("admin.staff.inactive")],
          ]}
        />
        <SortChoice orders={orders()} />
      </FilterBar>
      <Loaded query={query} lines={6}>
        {({ data, pagination }) => (
          <>
            {data.users.length === 0 && <Empty>{t("list.nothingFound")}</Empty>}
            {data.users.length > 0 && (
              <Table
                label={t("admin.staff.title")}
                columns={columns()}
                rows={data.users}
                sorting={{ order, onOrder }}
              />
            )}
            <FilterPager pagination={pagination} />
            <Downloads path="/api/users/export" query={narrowed} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
