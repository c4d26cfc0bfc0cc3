import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { call, readFile } from "@/api/client";
import { useCommandKey } from "@/lib/command-key";
import { save } from "@/lib/save";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Notice } from "@/ui/card";
import { wordsOf } from "@/ui/failure";
import { Icon } from "@/ui/icon";
import { toast } from "@/ui/toasts";
import { isTooLong } from "./asked";
import { JOBS_PATH } from "./jobs";

const FORMATS = ["pdf", "xlsx", "csv"] as const;
type Format = (typeof FORMATS)[number];
type FilesProps = { name: string; filters: Record<string, string>; isLong: boolean };

/** All rows as a file: at once, or made aside where nobody would wait so long. */
export function Files({ name, filters, isLong }: FilesProps) {
  const aside = useJob(name, filters);
  const download = useMutation({
    mutationFn: async (format: Format) => {
      const file = await readFile("/api/reports/{name}", { path: { name }, query: { ...filters, format } });
      save(file.name, file.content);
    },
    onError: (error, format) => isTooLong(error) && aside.mutate(format),
  });
  const error = aside.error ?? (isTooLong(download.error) ? null : download.error);
  const doing = isLong ? aside : download;
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap gap-3">
        {FORMATS.map(format => (
          <Button
            key={format}
            look="quiet"
            className="flex-1 px-3 sm:flex-none"
            busy={doing.isPending && doing.variables === format}
            disabled={doing.isPending}
            onClick={() => doing.mutate(format)}
          >
            <Icon name="download" className="size-5" /> {t(`reports.${format}`)}
          </Button>
        ))}
      </div>
      {error && (
        <div role="alert">
          <Notice tone="bad">{wordsOf(error)}</Notice>
        </div>
      )}
    </div>
  );
}

/** Has the file made aside; when no answer comes, the next try is the same job. */
function useJob(name: string, filters: Record<string, string>) {
  const queries = useQueryClient();
  const key = useCommandKey();
  const wanted = useRef("");
  return useMutation({
    mutationFn: (format: Format) => {
      const job = JSON.stringify([name, filters, format]);
      if (wanted.current !== job) key.renew();
      wanted.current = job;
      return call("post", "/api/reports/jobs", { body: { name, format, filters }, key: key.current });
    },
    onSuccess: async () => {
      key.renew();
      toast("good", t("jobs.begun"));
      await queries.invalidateQueries({ queryKey: [JOBS_PATH] });
    },
    onError: error => key.failed(error),
  });
}
