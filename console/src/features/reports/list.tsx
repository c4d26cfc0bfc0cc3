import { useQuery } from "@tanstack/react-query";
import { Link, useRouteContext } from "@tanstack/react-router";
import { reading } from "@/api/queries";
import { t } from "@/lib/text";
import { buttonClasses } from "@/ui/button";
import { Section } from "@/ui/card";
import { LINE, LineContent, List } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { grouped } from "./groups";
import { Jobs } from "./jobs";

/** What reports there are: it changes with a release alone. */
export const catalogueQuery = { ...reading("/api/reports/catalogue"), staleTime: Number.POSITIVE_INFINITY };

/** The reports by the question that they answer, and the files that are being made of them. */
export function ReportsPage() {
  const { me } = useRouteContext({ from: "/signed-in" });
  const query = useQuery(catalogueQuery);
  const mailed = me.role !== "CREDIT_OFFICER" && (
    <Link to="/reports/subscriptions" className={buttonClasses("quiet")}>
      {t("subscription.title")}
    </Link>
  );
  return (
    <Page wide title={t("reports.title")} aside={mailed}>
      <Jobs />
      <Loaded query={query} lines={6}>
        {({ data }) => (
          <div className="grid grid-cols-1 items-start gap-6 lg:grid-cols-2">
            {grouped(data).map(({ title, reports }) => (
              <Section key={title} title={t(title)}>
                <List>
                  {reports.map(report => (
                    <li key={report.name}>
                      <Link to="/reports/$name" params={{ name: report.name }} className={LINE}>
                        <LineContent title={report.title} below={report.purpose} />
                      </Link>
                    </li>
                  ))}
                </List>
              </Section>
            ))}
          </div>
        )}
      </Loaded>
    </Page>
  );
}
