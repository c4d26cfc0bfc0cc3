import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useRouter, useSearch } from "@tanstack/react-router";
import { reading } from "@/api/queries";
import type { Data } from "@/api/types";
import { t } from "@/lib/text";
import { Card, Notice, Section } from "@/ui/card";
import { Chart } from "@/ui/chart";
import { Failure } from "@/ui/failure";
import { Folded } from "@/ui/folded";
import { Empty, Pager, Skeleton } from "@/ui/list";
import { LoadedPage } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { askedOf, isTooLong } from "./asked";
import { Files } from "./files";
import { Jobs } from "./jobs";
import { catalogueQuery } from "./list";
import { Parameters } from "./parameters";
import { Rows } from "./rows";
import { Subscribe } from "./subscribe";

export type Definition = Data<"/api/reports/catalogue", "get">[number];

/** A report: what it is asked for, its figures, and how they come about. */
export function ReportPage() {
  const { name } = useParams({ from: "/signed-in/reports/$name" });
  const router = useRouter();
  const catalogue = useQuery(catalogueQuery);
  return (
    <LoadedPage query={catalogue}>
      {({ data }) => {
        const definition = data.find(each => each.name === name);
        return (
          <Page
            wide
            title={definition?.title ?? t("problem.noPage")}
            below={definition?.purpose}
            onBack={() => router.history.back()}
          >
            {definition ? <Report key={name} definition={definition} /> : <Empty>{t("reports.absent")}</Empty>}
          </Page>
        );
      }}
    </LoadedPage>
  );
}

const LIMIT = 25;

function Report({ definition }: { definition: Definition }) {
  const search = useSearch({ from: "/signed-in/reports/$name" });
  const navigate = useNavigate({ from: "/reports/$name" });
  const { page = 1 } = search;
  const asked = askedOf(definition.parameters, search);
  const query = useQuery({
    ...reading("/api/reports/{name}", {
      path: { name: definition.name },
      query: { ...asked, page, limit: LIMIT },
    }),
    placeholderData: keepPreviousData,
  });
  const isLong = isTooLong(query.error);
  const found = query.error ? undefined : query.data;
  return (
    <>
      <Parameters definition={definition} used={found?.data.parameters ?? {}} />
      {isLong && <Notice tone="warn">{t("reports.takesLong")}</Notice>}
      {query.error && !isLong && <Failure error={query.error} onRetry={() => query.refetch()} />}
      <Files name={definition.name} filters={asked} isLong={isLong} />
      <Subscribe definition={definition} asked={asked} />
      {isLong && <Jobs />}
      {query.isPending && <Skeleton lines={4} />}
      {found && (
        <>
          {found.data.notes.map(note => (
            <p key={note} className="text-soft">
              {note}
            </p>
          ))}
          {found.data.series && (
            <Chart title={definition.title} labels={found.data.series.labels} lines={found.data.series.series} />
          )}
          <Section title={t("reports.rows", { count: found.pagination.total })}>
            {found.data.rows.length === 0 ? (
              <Empty>{t("reports.nothing")}</Empty>
            ) : (
              <Rows title={definition.title} report={found.data} />
            )}
            <Pager
              page={page}
              pages={found.pagination.totalPages}
              total={found.pagination.total}
              onPage={to => navigate({ search: last => ({ ...last, page: to }) })}
            />
          </Section>
        </>
      )}
      <Explained definition={definition} />
    </>
  );
}

/** How the figures come about, and whose way of counting that is. */
function Explained({ definition }: { definition: Definition }) {
  return (
    <Folded title={t("reports.explained")}>
      <Card className="grid gap-4">
        <Explanation name={t("reports.formula")} text={definition.formula} />
        <Explanation name={t("reports.totals")} text={definition.totals} />
        <Explanation name={t("reports.source")} text={definition.source} />
      </Card>
    </Folded>
  );
}

function Explanation({ name, text }: { name: string; text: string }) {
  if (!text) return null;
  return (
    <div>
      <h3 className="font-medium">{name}</h3>
      <p className="mt-1 text-soft">{text}</p>
    </div>
  );
}
