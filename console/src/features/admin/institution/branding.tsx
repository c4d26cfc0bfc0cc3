import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { call } from "@/api/client";
import { lookQuery, wear } from "@/api/look";
import { reading } from "@/api/queries";
import { faultsOf, type Light, OWN, type Pair, propertiesOf, type Theme } from "@/lib/colours";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Card, Notice, Section } from "@/ui/card";
import { wordsOf } from "@/ui/failure";
import { TextField } from "@/ui/field";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { toast } from "@/ui/toasts";
import { Logos } from "./logos";

const LIGHTS = ["light", "dark"] as const;

/** How the console looks for everybody: logos, and colours that are worn while they are tried. */
export function BrandingPage() {
  const query = useQuery(reading("/api/settings/company"));
  return (
    <Page title={t("admin.branding.title")} onBack={() => history.back()}>
      <Loaded query={query} lines={4}>
        {({ data }) => (
          <>
            <Logos settings={data} />
            <Colours key={JSON.stringify(data.theme)} theme={data.theme} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Colours({ theme }: { theme: Theme | null }) {
  const queries = useQueryClient();
  const [tried, setTried] = useState<Theme>(theme ?? OWN);
  const [isSaving, setSaving] = useState(false);
  const faults = LIGHTS.map(light => [light, faultsOf(tried[light], light)] as const);
  const isReadable = faults.every(([, found]) => found.length === 0);
  useEffect(() => {
    wear(propertiesOf(tried));
    // Whoever leaves without saving finds the old ones.
    return () => wear(propertiesOf(theme));
  }, [tried, theme]);

  async function save(chosen: Theme | null) {
    setSaving(true);
    try {
      const { message } = await call("put", "/api/settings/company", { body: { theme: chosen } });
      await queries.invalidateQueries({ queryKey: ["/api/settings/company"] });
      await queries.fetchQuery({ ...lookQuery, staleTime: 0 });
      toast("good", message);
    } catch (error) {
      toast("bad", wordsOf(error));
    } finally {
      setSaving(false);
    }
  }

  const change = (light: Light, pair: Partial<Pair>) =>
    setTried(old => ({ ...old, [light]: { ...old[light], ...pair } }));
  return (
    <Section title={t("admin.branding.colours")}>
      <Card className="grid gap-6">
        <p className="text-soft">{t("admin.branding.explain")}</p>
        {faults.map(([light, found]) => (
          <fieldset key={light} className="grid gap-3">
            <legend className="mb-2 font-semibold">{t(`admin.branding.${light}`)}</legend>
            <div className="grid grid-cols-1 gap-3 sm:grid-cols-2">
              {(["primary", "secondary"] as const).map(name => (
                <Colour
                  key={name}
                  label={t(`admin.branding.${name}`)}
                  value={tried[light][name]}
                  onChange={value => change(light, { [name]: value })}
                />
              ))}
            </div>
            {found.length > 0 && (
              <Notice tone="bad">
                <ul className="grid gap-1">
                  {found.map(fault => (
                    <li key={fault}>{t(`admin.contrast.${fault}`)}</li>
                  ))}
                </ul>
              </Notice>
            )}
          </fieldset>
        ))}
        <div className="flex flex-wrap gap-3">
          <Button disabled={!isReadable} busy={isSaving} onClick={() => save(tried)}>
            {t("admin.branding.save")}
          </Button>
          <Button look="quiet" disabled={isSaving} onClick={() => (theme ? save(null) : setTried(OWN))}>
            {t("admin.branding.own")}
          </Button>
        </div>
      </Card>
    </Section>
  );
}

function Colour({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const isColour = /^#[0-9a-f]{6}$/i.test(value);
  return (
    <div className="grid grid-cols-[auto_1fr] items-end gap-2">
      <input
        type="color"
        aria-label={t("admin.branding.pick", { name: label })}
        className="h-12 w-14 rounded-xl border border-line bg-card p-1"
        value={isColour ? value : "#000000"}
        onChange={event => onChange(event.target.value)}
      />
      <TextField
        label={label}
        value={value}
        maxLength={7}
        autoComplete="off"
        spellCheck={false}
        onChange={event => onChange(event.target.value.trim())}
      />
    </div>
  );
}
