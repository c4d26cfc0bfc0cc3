import { type ErrorComponentProps, Link } from "@tanstack/react-router";
import { Problem } from "@/lib/problem";
import { t } from "@/lib/text";
import { buttonClasses } from "@/ui/button";
import { Failure, titleOf } from "@/ui/failure";
import { Page } from "@/ui/page";

/** The page of an address that leads nowhere. */
export function AbsentPage() {
  return (
    <main>
      <Page title={t("problem.noPage")}>
        <p className="text-soft">{t("problem.noPageExplain")}</p>
        <Link to="/" className={buttonClasses("main", "justify-self-start")}>
          {t("problem.home")}
        </Link>
      </Page>
    </main>
  );
}

/** What there is instead of all pages, where not even who is signed in can be found out. */
export function NothingWorks(props: ErrorComponentProps) {
  return (
    <main>
      <FailedPage {...props} />
    </main>
  );
}

/** The page of an address that is for another role. */
export function NotYoursPage() {
  return (
    <Page title={t("problem.title")}>
      <Failure error={new Problem(403, "", "forbidden")} />
      <Link to="/" className={buttonClasses("main", "justify-self-start")}>
        {t("problem.home")}
      </Link>
    </Page>
  );
}

/** The page in place of one that could not be shown. */
export function FailedPage({ error }: ErrorComponentProps) {
  return (
    <Page title={titleOf(error)}>
      <Failure error={error} onRetry={() => location.reload()} />
    </Page>
  );
}
