import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { reading } from "@/api/queries";
import { shownFigure } from "@/lib/figures";
import { t } from "@/lib/text";
import { Card, Facts } from "@/ui/card";
import { Loaded } from "@/ui/loaded";

/** The portfolio at risk as of now, of a team or of one officer. */
export function portfolioAtRisk(officerId?: string) {
  return reading("/api/reports/{name}", {
    path: { name: "portfolio-at-risk" },
    query: officerId ? { officerId } : {},
  });
}

/** How much of what is lent out is at risk. */
export function Portfolio({ officerId }: { officerId?: string }) {
  const query = useQuery(portfolioAtRisk(officerId));
  return (
    <Loaded query={query} lines={2}>
      {({ data: { totals } }) => (
        <Card className="grid content-start gap-4">
          <div>
            <p className="text-soft">{t("team.par30")}</p>
            <p className="text-4xl font-bold tracking-tight tabular-nums">{shownFigure("percent", totals?.par30)}</p>
            <p className="mt-1 text-sm text-soft">{t("team.parExplain")}</p>
          </div>
          <Facts
            facts={[
              [t("team.portfolio"), <Amount key="portfolio" value={totals?.portfolio} />],
              [t("team.loans"), shownFigure("count", totals?.loans)],
              [t("team.atRisk30"), <Amount key="atRisk30" value={totals?.atRisk30} />],
              [t("team.par90"), shownFigure("percent", totals?.par90)],
            ]}
          />
          <Link
            to="/reports/$name"
            params={{ name: "portfolio-at-risk" }}
            search={officerId ? { officerId } : {}}
            className="text-brand underline underline-offset-4"
          >
            {t("team.report")}
          </Link>
        </Card>
      )}
    </Loaded>
  );
}

function Amount({ value }: { value: unknown }) {
  return <span className="whitespace-nowrap">{shownFigure("amount", value)}</span>;
}
