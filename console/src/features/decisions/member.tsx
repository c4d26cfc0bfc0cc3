import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { reading } from "@/api/queries";
import { shownDay } from "@/lib/days";
import { nameOf } from "@/lib/people";
import { t } from "@/lib/text";
import { Badge, Card, Facts, Section } from "@/ui/card";
import { Empty } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { Guarantors, Papers } from "@/ui/papers";
import { Picture } from "@/ui/picture";
import type { Loan } from "./terms";

function memberOf(loan: Loan) {
  return reading("/api/union-members/{member_id}", { path: { member_id: loan.unionMemberId } });
}

/** The papers of the loan and of the member, and who stands for the loan with theirs. */
export function MemberPapers({ loan }: { loan: Loan }) {
  const query = useQuery(memberOf(loan));
  return (
    <>
      <Section title={t("documents.title")}>
        <Loaded query={query} lines={1}>
          {({ data }) => {
            const papers = [...loan.documents.filter(paper => paper.guarantorId === null), ...data.documents];
            return papers.length ? <Papers papers={papers} /> : <Empty>{t("documents.none")}</Empty>;
          }}
        </Loaded>
      </Section>
      <Section title={t("guarantors.title")}>
        {loan.guarantors.length === 0 && <Empty>{t("guarantors.none")}</Empty>}
        <Guarantors guarantors={loan.guarantors} />
      </Section>
    </>
  );
}

/** Who the member is. */
export function MemberFacts({ loan }: { loan: Loan }) {
  const query = useQuery(memberOf(loan));
  return (
    <Section title={t("loan.member")}>
      <Loaded query={query} lines={1}>
        {({ data }) => (
          <Card className="grid gap-4">
            <Link to="/members/$memberId" params={{ memberId: data.id }} className="flex items-center gap-3">
              <Picture of={nameOf(data)} url={data.profileImage} />
              <span className="min-w-0 font-medium break-words underline underline-offset-4">{nameOf(data)}</span>
            </Link>
            <div className="flex flex-wrap gap-2">
              <Badge>{data.code}</Badge>
              <Badge tone={data.isVerified ? "good" : "warn"}>
                {t(data.isVerified ? "member.verified" : "member.unverified")}
              </Badge>
            </div>
            <Facts
              facts={[
                [t("me.phone"), data.phone],
                [t("member.profession"), [data.profession, data.company].filter(Boolean).join(", ")],
                [t("member.address"), [data.address, data.city, data.state].filter(Boolean).join(", ")],
                [t("member.born"), data.dateOfBirth && shownDay(data.dateOfBirth)],
                [t("member.since"), shownDay(data.createdAt)],
                [t("member.note"), data.note],
              ]}
            />
          </Card>
        )}
      </Loaded>
    </Section>
  );
}
