import { useQuery } from "@tanstack/react-query";
import { useNavigate, useRouteContext, useSearch } from "@tanstack/react-router";
import { officersQuery } from "@/api/officers";
import { reading } from "@/api/queries";
import { nameOf } from "@/lib/people";
import { t } from "@/lib/text";
import { SelectField, TextField } from "@/ui/field";
import type { Filters } from "./asked";
import type { Definition } from "./page";

const MOST = 1000;
type Option = { id: string; name: string };

type ParametersProps = { definition: Definition; used: Readonly<Record<string, unknown>> };

/** What the report is narrowed to, kept in the address; of days that nobody chose, those that it was `used` with. */
export function Parameters({ definition: { parameters }, used }: ParametersProps) {
  const { me } = useRouteContext({ from: "/signed-in" });
  const isSenior = me.role !== "CREDIT_OFFICER";
  if (parameters.length === 0) return null;
  return (
    <div className="grid grid-cols-2 gap-3 md:grid-cols-3 lg:grid-cols-4">
      {parameters.includes("period") && <DayFilter name="from" label={t("filter.from")} used={used.from} />}
      {parameters.includes("period") && <DayFilter name="to" label={t("filter.to")} used={used.to} />}
      {parameters.includes("asOf") && <DayFilter name="asOf" label={t("filter.asOf")} used={used.asOf} />}
      {parameters.includes("supervisorId") && me.role === "ADMIN" && <SupervisorFilter />}
      {parameters.includes("officerId") && isSenior && <OfficerFilter />}
      {parameters.includes("unionId") && <UnionFilter />}
      {parameters.includes("loanTypeId") && <LoanTypeFilter />}
    </div>
  );
}

/** The value of a filter, and what sets it; a change leads to the first page. */
function useFilter(name: keyof Filters): [string, (value: string) => void] {
  const search = useSearch({ from: "/signed-in/reports/$name" });
  const navigate = useNavigate({ from: "/reports/$name" });
  const set = (value: string) =>
    void navigate({ search: last => ({ ...last, [name]: value || undefined, page: undefined }), replace: true });
  return [search[name] ?? "", set];
}

function DayFilter({ name, label, used }: { name: keyof Filters; label: string; used: unknown }) {
  const [value, set] = useFilter(name);
  const shown = value || String(used ?? "").slice(0, 10);
  return <TextField label={label} type="date" value={shown} onChange={({ target }) => set(target.value)} />;
}

function Choice({ name, label, all, options }: { name: keyof Filters; label: string; all: string; options: Option[] }) {
  const [value, set] = useFilter(name);
  return (
    <SelectField label={label} value={value} onChange={({ target }) => set(target.value)}>
      <option value="">{all}</option>
      {options.map(each => (
        <option key={each.id} value={each.id}>
          {each.name}
        </option>
      ))}
    </SelectField>
  );
}

function SupervisorFilter() {
  const { data } = useQuery(reading("/api/users", { query: { role: "SUPERVISOR", limit: MOST } }));
  const options = data?.data.users.map(each => ({ id: each.id, name: nameOf(each) })) ?? [];
  return <Choice name="supervisorId" label={t("filter.supervisor")} all={t("filter.everybody")} options={options} />;
}

function OfficerFilter() {
  const { data } = useQuery(officersQuery);
  return <Choice name="officerId" label={t("filter.officer")} all={t("filter.allOfficers")} options={data ?? []} />;
}

function UnionFilter() {
  const { officerId } = useSearch({ from: "/signed-in/reports/$name" });
  const { data } = useQuery(
    reading("/api/unions", { query: { limit: MOST, ...(officerId ? { creditOfficerId: officerId } : {}) } }),
  );
  return <Choice name="unionId" label={t("filter.union")} all={t("filter.allUnions")} options={data?.data ?? []} />;
}

function LoanTypeFilter() {
  const { data } = useQuery(reading("/api/loan-types"));
  return (
    <Choice name="loanTypeId" label={t("filter.loanType")} all={t("filter.allTypes")} options={data?.data ?? []} />
  );
}
