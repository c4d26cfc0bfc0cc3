import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Me } from "@/api/session";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Section } from "@/ui/card";
import { LINE, LineContent, List } from "@/ui/list";

/** What each role does first, in the order of a first day. */
const STEPS = {
  CREDIT_OFFICER: [
    { to: "/", title: "tour.day", below: "tour.dayBelow" },
    { to: "/unions", title: "tour.unions", below: "tour.unionsBelow" },
    { to: "/search", title: "tour.search", below: "tour.searchBelow" },
    { to: "/password", title: "tour.password", below: "tour.passwordBelow" },
  ],
  SUPERVISOR: [
    { to: "/decisions", title: "tour.decisions", below: "tour.decisionsBelow" },
    { to: "/team", title: "tour.team", below: "tour.teamBelow" },
    { to: "/password", title: "tour.password", below: "tour.passwordBelow" },
  ],
  ADMIN: [
    { to: "/admin/settings", title: "tour.settings", below: "tour.settingsBelow" },
    { to: "/admin/loan-types", title: "tour.loanTypes", below: "tour.loanTypesBelow" },
    { to: "/admin/staff", title: "tour.staff", below: "tour.staffBelow" },
    { to: "/admin/assignment", title: "tour.assignment", below: "tour.assignmentBelow" },
    { to: "/admin/backups", title: "tour.backups", below: "tour.backupsBelow" },
  ],
} as const;

/** The first steps of somebody new, until they say that they have seen them; kept for each person in the browser. */
export function FirstSteps({ me }: { me: Me }) {
  const key = `tour-${me.id}`;
  const [isSeen, setSeen] = useState(localStorage.getItem(key) !== null);
  if (isSeen) return null;
  function dismiss() {
    localStorage.setItem(key, "seen");
    setSeen(true);
  }
  return (
    <Section
      title={t("tour.title")}
      aside={
        <Button look="plain" className="-my-2 -mr-3" onClick={dismiss}>
          {t("tour.seen")}
        </Button>
      }
    >
      <List>
        {STEPS[me.role].map(({ to, title, below }) => (
          <li key={to}>
            <Link to={to} className={LINE}>
              <LineContent title={t(title)} below={t(below)} />
            </Link>
          </li>
        ))}
      </List>
    </Section>
  );
}
