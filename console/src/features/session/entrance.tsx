import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { lookQuery } from "@/api/look";
import { t } from "@/lib/text";
import { ownPath } from "@/ui/picture";

/** The page of somebody who is not signed in yet. */
export function Entrance({ title, children }: { title: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · ${t("app.name")}`;
  }, [title]);
  const { data } = useQuery(lookQuery);
  const logo = data?.loginLogo ?? data?.logo;
  return (
    <main className="mx-auto grid min-h-dvh w-full max-w-md content-center gap-6 px-5 py-10">
      <div className="flex items-center gap-3">
        <img src={logo ? ownPath(logo) : "/icon.svg"} alt="" className="size-11 rounded-xl object-contain" />
        <p className="min-w-0 text-lg font-semibold break-words">{data?.name ?? t("app.name")}</p>
      </div>
      <h1 className="text-2xl font-bold">{title}</h1>
      {children}
    </main>
  );
}
