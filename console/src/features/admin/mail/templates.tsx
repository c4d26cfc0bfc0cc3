import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { reading } from "@/api/queries";
import { t } from "@/lib/text";
import { Badge } from "@/ui/card";
import { LINE, LineContent, List } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";

/** The mails that the platform sends by itself. */
export function TemplatesPage() {
  const query = useQuery(reading("/api/settings/email-templates"));
  return (
    <Page title={t("admin.templates.title")} onBack={() => history.back()}>
      <Loaded query={query} lines={6}>
        {({ data }) => (
          <List>
            {data.map(template => (
              <li key={template.id}>
                <Link to="/admin/templates/$key" params={{ key: template.key }} className={LINE}>
                  <LineContent title={template.subject} below={`${template.module} · ${template.key}`} />
                  {!template.emailEnabled && <Badge>{t("admin.templates.off")}</Badge>}
                </Link>
              </li>
            ))}
          </List>
        )}
      </Loaded>
    </Page>
  );
}
