import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import type { Data } from "@/api/types";
import { shownMoment } from "@/lib/days";
import { t } from "@/lib/text";
import { Button, buttonClasses } from "@/ui/button";
import { Badge, Section } from "@/ui/card";
import { wordsOf } from "@/ui/failure";
import { Icon } from "@/ui/icon";
import { LineContent, List } from "@/ui/list";
import { toast } from "@/ui/toasts";

export const JOBS_PATH = "/api/reports/jobs";
type Job = Data<typeof JOBS_PATH, "get">[number];

const SHOWN = 5;
const LOOK_MS = 2_000;
const isUnderWay = ({ state }: Job) => state === "PENDING" || state === "RUNNING";

/** The files that somebody had made aside, the newest first, and how far they are; nothing where there are none. */
export function Jobs() {
  const { data } = useQuery({
    ...reading(JOBS_PATH, { query: { limit: SHOWN } }),
    refetchInterval: ({ state }) => (state.data?.data.some(isUnderWay) ? LOOK_MS : false),
  });
  if (!data?.data.length) return null;
  return (
    <Section title={t("jobs.title")}>
      <List>
        {data.data.map(job => (
          <li key={job.id} className="flex items-center gap-2 py-1 pr-2 pl-4">
            <LineContent goes={false} title={job.title} below={<State job={job} />} />
            {job.file && (
              <a href={job.file} download className={buttonClasses("plain")}>
                <Icon name="download" className="size-5" />
                <span className="sr-only">{t("jobs.fetch", { title: job.title })}</span>
              </a>
            )}
            <Forget job={job} />
          </li>
        ))}
      </List>
    </Section>
  );
}

function State({ job }: { job: Job }) {
  return (
    <span className="flex flex-wrap items-center gap-x-2 gap-y-1">
      {t(`reports.${job.format}`)} · {shownMoment(job.createdAt)}
      {isUnderWay(job) && <Badge tone="warn">{t("jobs.progress", { percent: job.progress })}</Badge>}
      {job.state === "DONE" && <Badge tone="good">{t("jobs.done")}</Badge>}
      {job.state === "FAILED" && <span className="text-bad">{job.error}</span>}
    </span>
  );
}

/** Takes a file away, or ends it while it is being made. */
function Forget({ job }: { job: Job }) {
  const queries = useQueryClient();
  const forget = useMutation({
    mutationFn: () => call("delete", "/api/reports/jobs/{job_id}", { path: { job_id: job.id } }),
    onSettled: () => queries.invalidateQueries({ queryKey: [JOBS_PATH] }),
    onError: error => toast("bad", wordsOf(error)),
  });
  return (
    <Button look="plain" className="text-soft" busy={forget.isPending} onClick={() => forget.mutate()}>
      <Icon name="close" className="size-5" />
      <span className="sr-only">{t("jobs.forget", { title: job.title })}</span>
    </Button>
  );
}
