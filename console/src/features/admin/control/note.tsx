import { useQuery, useQueryClient } from "@tanstack/react-query";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import { nameOf } from "@/lib/people";
import { t } from "@/lib/text";
import { Dialog } from "@/ui/dialog";
import { EntryForm } from "@/ui/entry-form";
import type { Note } from "./notes";

const CATEGORIES = ["general", "performance", "customer_feedback", "training"] as const;

/** The categories of notes with their words. */
export function categoryChoices() {
  return CATEGORIES.map(name => [name, t(`admin.category.${name}`)] as const);
}

/** The category of that name, if there is one. */
export function categoryOf(name: string | undefined) {
  return CATEGORIES.find(known => known === name);
}

/** A new note about somebody, or another wording of one. */
export function NoteDialog({ note, onClose }: { note: Note | null; onClose: () => void }) {
  const queries = useQueryClient();
  const staff = useQuery(reading("/api/users"));
  const choices = (staff.data?.data.users ?? []).map(user => [user.id, `${nameOf(user)} · ${user.email}`] as const);
  const initial = {
    userId: note?.userId ?? "",
    title: note?.title ?? "",
    content: note?.content ?? "",
    category: (note?.category ?? "general") as string,
    isPrivate: note?.isPrivate ?? false,
  };
  async function save({ userId, category, ...words }: typeof initial) {
    const body = { ...words, category: categoryOf(category) ?? "general" };
    const saved = note
      ? await call("put", "/api/notes/{note_id}", { path: { note_id: note.id }, body })
      : await call("post", "/api/notes", { body: { ...body, userId } });
    await queries.invalidateQueries({ queryKey: ["/api/notes"] });
    onClose();
    return saved;
  }
  const about = { name: "userId" as const, label: t("admin.notes.subject"), choices };
  return (
    <Dialog title={t(note ? "admin.notes.edit" : "admin.notes.new")} onClose={onClose}>
      <EntryForm
        initial={initial}
        submit={t("admin.save")}
        save={save}
        entries={[
          ...(note ? [] : [about]),
          { name: "title", label: t("admin.notes.heading") },
          { name: "content", label: t("admin.notes.content"), kind: "area" },
          { name: "category", label: t("admin.notes.category"), choices: categoryChoices() },
          { name: "isPrivate", label: t("admin.notes.private"), hint: t("admin.notes.privateHint") },
        ]}
      />
    </Dialog>
  );
}
