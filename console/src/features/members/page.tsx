import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useRouteContext, useRouter } from "@tanstack/react-router";
import { reading } from "@/api/queries";
import type { Data } from "@/api/types";
import { shownDay } from "@/lib/days";
import { isPaidOut, mainAmount } from "@/lib/loans";
import { LOCALE } from "@/lib/locale";
import { naira } from "@/lib/money";
import { nameOf } from "@/lib/people";
import { t, tOf } from "@/lib/text";
import { buttonClasses } from "@/ui/button";
import { Badge, Card, Facts, Section } from "@/ui/card";
import { Icon } from "@/ui/icon";
import { Empty, LINE, LineContent, List } from "@/ui/list";
import { Loaded, LoadedPage } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Picture } from "@/ui/picture";
import { LoanStatus } from "@/ui/states";
import { Documents } from "./documents";

type Member = Data<"/api/union-members/{member_id}", "get">;

/** A member: how to reach them, their loans, their documents. */
export function MemberPage() {
  const { memberId } = useParams({ from: "/signed-in/members/$memberId" });
  const router = useRouter();
  const query = useQuery(reading("/api/union-members/{member_id}", { path: { member_id: memberId } }));
  return (
    <LoadedPage query={query}>
      {({ data }) => (
        <Page
          title={nameOf(data)}
          below={
            <Link
              to="/unions/$unionId"
              params={{ unionId: data.unionId }}
              className="underline-offset-4 hover:underline"
            >
              {data.union.name}
            </Link>
          }
          onBack={() => router.history.back()}
          aside={<Picture of={nameOf(data)} url={data.profileImage} size="size-14" />}
        >
          <Contact member={data} />
          <Loans memberId={memberId} />
          <Documents memberId={memberId} documents={data.documents} />
          <About member={data} />
        </Page>
      )}
    </LoadedPage>
  );
}

function Contact({ member }: { member: Member }) {
  return (
    <div className="flex flex-wrap items-center gap-3">
      <Badge>{member.code}</Badge>
      <Badge tone={member.isVerified ? "good" : "warn"}>
        {t(member.isVerified ? "member.verified" : "member.unverified")}
      </Badge>
      {member.phone && (
        <a href={`tel:${member.phone}`} className={buttonClasses("quiet", "w-full sm:w-auto")}>
          <Icon name="phone" className="size-5" /> {member.phone}
        </a>
      )}
    </div>
  );
}

function Loans({ memberId }: { memberId: string }) {
  const { me } = useRouteContext({ from: "/signed-in" });
  const query = useQuery(
    reading("/api/union-members/{member_id}/loans", { path: { member_id: memberId }, query: { limit: 100 } }),
  );
  const apply = me.role !== "SUPERVISOR" && (
    <Link to="/members/$memberId/apply" params={{ memberId }} className={buttonClasses("plain", "-my-2 -mr-3")}>
      <Icon name="add" className="size-5" /> {t("member.apply")}
    </Link>
  );
  return (
    <Section title={t("member.loans")} aside={apply}>
      <Loaded query={query} lines={2}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty>{t("member.noLoans")}</Empty>
          ) : (
            <List>
              {data.map(loan => (
                <li key={loan.id}>
                  <Link to="/loans/$loanId" params={{ loanId: loan.id }} className={LINE}>
                    <LineContent
                      title={
                        <span className="flex flex-wrap items-center gap-2">
                          {loan.loanNumber} <LoanStatus status={loan.status} />
                        </span>
                      }
                      right={mainAmount(loan)}
                      below={t("member.loanTerms", {
                        amount: naira(loan.principalAmount),
                        term: tOf("term", loan.termUnit, { count: loan.termCount }),
                      })}
                      belowRight={t(isPaidOut(loan) ? "loan.outstandingShort" : "loan.requestedShort")}
                    />
                  </Link>
                </li>
              ))}
            </List>
          )
        }
      </Loaded>
    </Section>
  );
}

/** A word that was chosen from a list, as it stands alone. */
function capital(word: string | null | undefined): string | null | undefined {
  return word && word.charAt(0).toLocaleUpperCase(LOCALE) + word.slice(1);
}

function About({ member }: { member: Member }) {
  return (
    <Section
      title={t("member.about")}
      aside={
        <Link
          to="/members/$memberId/edit"
          params={{ memberId: member.id }}
          className={buttonClasses("plain", "-my-2 -mr-3")}
        >
          {t("member.change")}
        </Link>
      }
    >
      <Card>
        <Facts
          facts={[
            [t("member.email"), member.email],
            [t("member.address"), [member.address, member.city, member.state].filter(Boolean).join(", ")],
            [t("member.born"), member.dateOfBirth && shownDay(member.dateOfBirth)],
            [t("member.gender"), capital(member.gender)],
            [t("member.maritalStatus"), capital(member.maritalStatus)],
            [t("member.profession"), [member.profession, member.company].filter(Boolean).join(", ")],
            [t("member.officer"), nameOf(member.currentOfficer)],
            [t("member.since"), shownDay(member.createdAt)],
            [t("member.note"), member.note],
          ]}
        />
      </Card>
    </Section>
  );
}
