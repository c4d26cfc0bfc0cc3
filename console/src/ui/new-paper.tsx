import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Problem } from "@/lib/problem";
import { t } from "@/lib/text";
import { Button } from "./button";
import { Notice } from "./card";
import { Dialog } from "./dialog";
import { wordsOf } from "./failure";
import { FileField, SelectField, TextField } from "./field";
import { toast } from "./toasts";

type NewPaperProps = {
  title: string;
  types: readonly { id: string; name: string; isActive: boolean }[];
  /** What the name of who brings it is called, where it is asked for. */
  nameLabel?: string;
  send: (form: FormData) => Promise<unknown>;
  onClose: () => void;
};

/** A new document: a photo taken there and then, or a file. */
export function NewPaper({ title, types, nameLabel, send, onClose }: NewPaperProps) {
  const [documentTypeId, setType] = useState("");
  const [name, setName] = useState("");
  const [file, setFile] = useState<File | null>(null);
  const sending = useMutation({
    mutationFn: () => {
      const form = new FormData();
      if (nameLabel) form.set("guarantorName", name);
      form.set("documentTypeId", documentTypeId);
      if (file) form.set("file", file);
      return send(form);
    },
    onSuccess: () => {
      toast("good", t("documents.added"));
      onClose();
    },
  });
  const fields = sending.error instanceof Problem ? sending.error.fields : {};

  function submit(event: FormEvent) {
    event.preventDefault();
    sending.mutate();
  }

  return (
    <Dialog title={title} onClose={onClose}>
      <form className="grid gap-4" onSubmit={submit}>
        {nameLabel && (
          <TextField
            label={nameLabel}
            error={fields.guarantorName}
            autoComplete="off"
            required
            maxLength={120}
            value={name}
            onChange={event => setName(event.target.value)}
          />
        )}
        <SelectField
          label={t("documents.type")}
          error={fields.documentTypeId}
          required
          value={documentTypeId}
          onChange={event => setType(event.target.value)}
        >
          <option value="">{t("app.choose")}</option>
          {types
            .filter(type => type.isActive)
            .map(type => (
              <option key={type.id} value={type.id}>
                {type.name}
              </option>
            ))}
        </SelectField>
        <FileField
          label={t("documents.file")}
          hint={t("documents.fileHint")}
          error={fields.file}
          accept="image/*,application/pdf"
          capture="environment"
          required
          onChange={event => setFile(event.target.files?.[0] ?? null)}
        />
        {sending.error && !Object.keys(fields).length && <Notice tone="bad">{wordsOf(sending.error)}</Notice>}
        <Button type="submit" busy={sending.isPending}>
          {t("documents.send")}
        </Button>
      </form>
    </Dialog>
  );
}
