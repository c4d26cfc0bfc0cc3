import { useMutation, useQueryClient } from "@tanstack/react-query";
import { call } from "@/api/client";
import { lookQuery } from "@/api/look";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Card, Section } from "@/ui/card";
import { wordsOf } from "@/ui/failure";
import { FileField } from "@/ui/field";
import { ownPath } from "@/ui/picture";
import { toast } from "@/ui/toasts";

type Settings = { logo: string | null; loginLogo: string | null };
const KINDS = [
  { field: "logo", type: "logo" },
  { field: "loginLogo", type: "login-logo" },
] as const;

/** The pictures that stand for the institution: in the console, and where people sign in. */
export function Logos({ settings }: { settings: Settings }) {
  return (
    <Section title={t("admin.branding.logos")}>
      <div className="grid gap-3 sm:grid-cols-2">
        {KINDS.map(kind => (
          <Logo key={kind.field} {...kind} url={settings[kind.field]} />
        ))}
      </div>
    </Section>
  );
}

function Logo({ field, type, url }: (typeof KINDS)[number] & { url: string | null }) {
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: (file: File | null): Promise<{ message: string }> => {
      if (!file) return call("put", "/api/settings/company", { body: { [field]: null } });
      const body = new FormData();
      body.set("file", file);
      body.set("type", type);
      return call("post", "/api/settings/upload", { body });
    },
    onSuccess: async ({ message }) => {
      await queries.invalidateQueries({ queryKey: ["/api/settings/company"] });
      await queries.fetchQuery({ ...lookQuery, staleTime: 0 });
      toast("good", message);
    },
    onError: error => toast("bad", wordsOf(error)),
  });
  return (
    <Card className="grid gap-3">
      <div className="grid h-24 place-items-center overflow-hidden rounded-xl bg-page">
        {url ? (
          <img src={ownPath(url)} alt={t(`admin.branding.${field}`)} className="max-h-20 max-w-full object-contain" />
        ) : (
          <span className="text-sm text-soft">{t("admin.branding.noLogo")}</span>
        )}
      </div>
      <FileField
        label={t(`admin.branding.${field}`)}
        hint={t("admin.branding.logoHint")}
        accept="image/png,image/jpeg,image/gif,image/webp"
        disabled={change.isPending}
        onChange={event => {
          const file = event.target.files?.[0];
          if (file) change.mutate(file);
        }}
      />
      {url && (
        <Button look="quiet" busy={change.isPending} onClick={() => change.mutate(null)}>
          {t("admin.branding.noLogoYes")}
        </Button>
      )}
    </Card>
  );
}
