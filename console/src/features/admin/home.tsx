import { Link } from "@tanstack/react-router";
import { t } from "@/lib/text";
import { Section } from "@/ui/card";
import { LINE, LineContent, List } from "@/ui/list";
import { Page } from "@/ui/page";

const GROUPS = [
  {
    // On a phone's bar there is no room for these.
    title: "admin.work",
    places: [
      { to: "/decisions", title: "nav.decisions", below: "admin.work.decisions" },
      { to: "/team", title: "nav.team", below: "admin.work.team" },
      { to: "/reports", title: "nav.reports", below: "admin.work.reports" },
    ],
  },
  {
    title: "admin.people",
    places: [
      { to: "/admin/staff", title: "admin.staff.title", below: "admin.staff.about" },
      { to: "/admin/assignment", title: "admin.assign.title", below: "admin.assign.about" },
      { to: "/admin/sign-ins", title: "admin.signIns.title", below: "admin.signIns.about" },
      { to: "/admin/notes", title: "admin.notes.title", below: "admin.notes.about" },
    ],
  },
  {
    title: "admin.lending",
    places: [
      { to: "/admin/loan-types", title: "admin.loanTypes.title", below: "admin.loanTypes.about" },
      { to: "/admin/document-types", title: "admin.documentTypes.title", below: "admin.documentTypes.about" },
    ],
  },
  {
    title: "admin.institution",
    places: [
      { to: "/admin/settings", title: "admin.settings.title", below: "admin.settings.about" },
      { to: "/admin/branding", title: "admin.branding.title", below: "admin.branding.about" },
      { to: "/admin/mail", title: "admin.mail.title", below: "admin.mail.about" },
      { to: "/admin/templates", title: "admin.templates.title", below: "admin.templates.about" },
    ],
  },
  {
    title: "admin.control",
    places: [
      { to: "/admin/audit", title: "admin.audit.title", below: "admin.audit.about" },
      { to: "/admin/activity", title: "admin.activity.title", below: "admin.activity.about" },
      { to: "/admin/backups", title: "admin.backups.title", below: "admin.backups.about" },
      { to: "/admin/system", title: "admin.system.title", below: "admin.system.about" },
    ],
  },
] as const;

/** Everything that only admins do, in groups. */
export function AdminPage() {
  return (
    <Page title={t("admin.title")} wide>
      <div className="grid items-start gap-6 lg:grid-cols-2">
        {GROUPS.map(({ title, places }) => (
          <Section key={title} title={t(title)}>
            <List>
              {places.map(place => (
                <li key={place.to}>
                  <Link to={place.to} className={LINE}>
                    <LineContent title={t(place.title)} below={t(place.below)} />
                  </Link>
                </li>
              ))}
            </List>
          </Section>
        ))}
      </div>
    </Page>
  );
}
