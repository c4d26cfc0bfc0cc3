import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useRouteContext } from "@tanstack/react-router";
import { reading } from "@/api/queries";
import type { Data } from "@/api/types";
import { shownDay, shownMoment } from "@/lib/days";
import { nameOf } from "@/lib/people";
import { t, tOf } from "@/lib/text";
import { Card, Facts, Section } from "@/ui/card";
import { LINE, LineContent, List } from "@/ui/list";
import { LoadedPage } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { Picture } from "@/ui/picture";
import { Actions } from "./actions";
import { EditPerson } from "./edit";
import { AccountState } from "./list";
import { SessionsOf } from "./sessions";
import { SignInsOf } from "./sign-ins";

export type Person = Data<"/api/users/{user_id}", "get">;

/** One of the staff: who they are, what they may do, where they are signed in. */
export function PersonPage() {
  const { userId } = useParams({ from: "/signed-in/admin/staff/$userId" });
  const { me } = useRouteContext({ from: "/signed-in" });
  const query = useQuery(reading("/api/users/{user_id}", { path: { user_id: userId } }));
  return (
    <LoadedPage query={query}>
      {({ data }) => (
        <Page
          title={nameOf(data)}
          below={
            <span className="flex flex-wrap items-center gap-2">
              {tOf("role", data.role)} <AccountState isActive={data.isActive} />
            </span>
          }
          onBack={() => history.back()}
          aside={<Picture of={nameOf(data)} url={data.profileImage} size="size-14" />}
          wide
        >
          <div className="grid items-start gap-6 lg:grid-cols-2">
            <div className="grid gap-6">
              <Card>
                <Facts
                  facts={[
                    [t("signIn.email"), data.email],
                    [t("me.phone"), data.phone],
                    [t("member.address"), data.address],
                    [t("me.supervisor"), data.supervisor && nameOf(data.supervisor)],
                    [t("admin.staff.since"), shownDay(data.createdAt)],
                    [t("admin.staff.lastSignIn"), data.lastLoginAt && shownMoment(data.lastLoginAt)],
                    [t("admin.staff.lastActivity"), data.lastActivityAt && shownMoment(data.lastActivityAt)],
                  ]}
                />
              </Card>
              <EditPerson key={data.id} person={data} isMe={data.id === me.id} />
              {data.creditOfficers.length > 0 && <OfficersOf person={data} />}
            </div>
            <div className="grid gap-6">
              <Actions person={data} isMe={data.id === me.id} />
              <SessionsOf userId={data.id} />
              <SignInsOf userId={data.id} />
            </div>
          </div>
        </Page>
      )}
    </LoadedPage>
  );
}

function OfficersOf({ person }: { person: Person }) {
  return (
    <Section title={t("admin.staff.officers", { count: person.creditOfficers.length })}>
      <List>
        {person.creditOfficers.map(officer => (
          <li key={officer.id}>
            <Link to="/admin/staff/$userId" params={{ userId: officer.id }} className={LINE}>
              <LineContent title={nameOf(officer)} below={officer.email} />
            </Link>
          </li>
        ))}
      </List>
    </Section>
  );
}
