import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "@/api/client";
import { paging } from "@/api/queries";
import type { Data } from "@/api/types";
import { shownMoment } from "@/lib/days";
import { given } from "@/lib/given";
import { nameOf } from "@/lib/people";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Badge, Card } from "@/ui/card";
import { Confirm } from "@/ui/confirm";
import { Icon } from "@/ui/icon";
import { Empty } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { ChoiceFilter, FilterBar, FilterPager, useFilters } from "../filters";
import { categoryChoices, categoryOf, NoteDialog } from "./note";

const LIMIT = 20;
export type Note = Data<"/api/notes", "get">["notes"][number];

/** What was written down about members of staff. */
export function NotesPage() {
  const [{ q, category, page = 1 }] = useFilters();
  const [edited, setEdited] = useState<Note | "new" | null>(null);
  const narrowed = given({ search: q, category: categoryOf(category) });
  const query = useQuery(paging("/api/notes", { ...narrowed, page, limit: LIMIT }));
  return (
    <Page
      title={t("admin.notes.title")}
      onBack={() => history.back()}
      aside={
        <Button onClick={() => setEdited("new")}>
          <Icon name="add" className="size-5" /> {t("admin.staff.add")}
        </Button>
      }
    >
      <FilterBar label={t("admin.notes.search")}>
        <div className="col-span-2">
          <ChoiceFilter name="category" label={t("admin.notes.category")} choices={categoryChoices()} />
        </div>
      </FilterBar>
      <Loaded query={query} lines={4}>
        {({ data, pagination }) => (
          <>
            {data.notes.length === 0 && <Empty>{t("list.nothingFound")}</Empty>}
            {data.notes.map(note => (
              <OneNote key={note.id} note={note} onEdit={() => setEdited(note)} />
            ))}
            <FilterPager pagination={pagination} />
          </>
        )}
      </Loaded>
      {edited && <NoteDialog note={edited === "new" ? null : edited} onClose={() => setEdited(null)} />}
    </Page>
  );
}

function OneNote({ note, onEdit }: { note: Note; onEdit: () => void }) {
  const queries = useQueryClient();
  const [isRemoving, setRemoving] = useState(false);
  return (
    <Card className="grid gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="min-w-0 font-semibold break-words">{note.title}</h2>
        <Badge>{t(`admin.category.${note.category}`)}</Badge>
        {note.isPrivate && <Badge tone="warn">{t("admin.notes.private")}</Badge>}
      </div>
      <p className="break-words whitespace-pre-wrap">{note.content}</p>
      <p className="text-sm text-soft">
        {t("admin.notes.by", {
          about: nameOf(note.user),
          by: nameOf(note.createdBy),
          when: shownMoment(note.createdAt),
        })}
      </p>
      <div className="flex gap-2">
        <Button look="quiet" className="min-h-11" onClick={onEdit}>
          {t("admin.change")}
        </Button>
        <Button look="caution" className="min-h-11" onClick={() => setRemoving(true)}>
          {t("admin.delete")}
        </Button>
      </div>
      {isRemoving && (
        <Confirm
          title={t("admin.notes.delete")}
          yes={t("admin.notes.delete")}
          danger
          act={() => call("delete", "/api/notes/{note_id}", { path: { note_id: note.id } })}
          onDone={() => queries.invalidateQueries({ queryKey: ["/api/notes"] })}
          onClose={() => setRemoving(false)}
        >
          <p>{t("admin.notes.deleteExplain")}</p>
        </Confirm>
      )}
    </Card>
  );
}
