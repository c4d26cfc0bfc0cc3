import { type ReactNode, useEffect } from "react";
import { classes } from "@/lib/classes";
import { t } from "@/lib/text";
import { Icon } from "./icon";

type PageProps = {
  title: string;
  below?: ReactNode;
  onBack?: () => void;
  aside?: ReactNode;
  /** For tables, which need the width that a text would be hard to read in. */
  wide?: boolean;
  children: ReactNode;
};

/** A page under its title; the name of the tab follows it. */
export function Page({ title, below, onBack, aside, wide = false, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · ${t("app.name")}`;
  }, [title]);
  return (
    <div className={classes("mx-auto grid w-full grid-cols-1 gap-6 px-4 pt-4 pb-8", wide ? "max-w-6xl" : "max-w-3xl")}>
      <header className="flex flex-wrap items-start gap-2">
        {onBack && (
          <button
            type="button"
            className="-ml-3 rounded-full p-3 hover:bg-line/50"
            aria-label={t("app.back")}
            onClick={onBack}
          >
            <Icon name="back" className="size-5" />
          </button>
        )}
        <div className="min-w-40 flex-1 py-1.5">
          <h1 className="text-2xl leading-tight font-bold break-words">{title}</h1>
          {below && <div className="mt-1 text-soft">{below}</div>}
        </div>
        {aside}
      </header>
      {children}
    </div>
  );
}
