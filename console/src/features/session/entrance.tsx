import { type ReactNode, useEffect } from "react";
import { t } from "@/lib/text";

/** The page of somebody who is not signed in yet. */
export function Entrance({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · ${t("app.name")}`;
  }, [title]);
  return (
    <main className="mx-auto grid min-h-dvh w-full max-w-md content-center gap-6 px-5 py-10">
      <div className="flex items-center gap-3">
        <img src="/icon.svg" alt="" className="size-11 rounded-xl" />
        <p className="text-lg font-semibold">{t("app.name")}</p>
      </div>
      <h1 className="text-2xl font-bold">{title}</h1>
      {children}
    </main>
  );
}
