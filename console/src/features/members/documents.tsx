import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import type { Data } from "@/api/types";
import { Problem } from "@/lib/problem";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Notice, Section } from "@/ui/card";
import { Dialog } from "@/ui/dialog";
import { wordsOf } from "@/ui/failure";
import { FileField, SelectField } from "@/ui/field";
import { Icon } from "@/ui/icon";
import { Empty } from "@/ui/list";
import { Papers } from "@/ui/papers";
import { toast } from "@/ui/toasts";

type Document = Data<"/api/union-members/{member_id}", "get">["documents"][number];

/** The documents of a member; a new one is a photo taken there and then, or a file. */
export function Documents({ memberId, documents }: { memberId: string; documents: Document[] }) {
  const [isAdding, setAdding] = useState(false);
  const add = (
    <Button look="plain" className="-my-2 px-3" onClick={() => setAdding(true)}>
      <Icon name="camera" className="size-5" /> {t("documents.add")}
    </Button>
  );
  return (
    <Section title={t("documents.title")} aside={add}>
      {documents.length === 0 && <Empty>{t("documents.none")}</Empty>}
      {documents.length > 0 && <Papers papers={documents} />}
      {isAdding && <NewDocument memberId={memberId} onClose={() => setAdding(false)} />}
    </Section>
  );
}

function NewDocument({ memberId, onClose }: { memberId: string; onClose: () => void }) {
  const queries = useQueryClient();
  const types = useQuery(reading("/api/documents/types"));
  const [documentTypeId, setType] = useState("");
  const [file, setFile] = useState<File | null>(null);
  const send = useMutation({
    mutationFn: () => {
      const form = new FormData();
      form.set("documentTypeId", documentTypeId);
      if (file) form.set("file", file);
      return call("post", "/api/documents/union-member/{member_id}", { path: { member_id: memberId }, body: form });
    },
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ["/api/union-members/{member_id}"] });
      toast("good", t("documents.added"));
      onClose();
    },
  });
  const fields = send.error instanceof Problem ? send.error.fields : {};

  function submit(event: FormEvent) {
    event.preventDefault();
    send.mutate();
  }

  return (
    <Dialog title={t("documents.new")} onClose={onClose}>
      <form className="grid gap-4" onSubmit={submit}>
        <SelectField
          label={t("documents.type")}
          error={fields.documentTypeId}
          required
          value={documentTypeId}
          onChange={event => setType(event.target.value)}
        >
          <option value="">{t("app.choose")}</option>
          {types.data?.data
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
        {send.error && !Object.keys(fields).length && <Notice tone="bad">{wordsOf(send.error)}</Notice>}
        <Button type="submit" busy={send.isPending}>
          {t("documents.send")}
        </Button>
      </form>
    </Dialog>
  );
}
