import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "@/api/client";
import { reading } from "@/api/queries";
import type { Data } from "@/api/types";
import { t } from "@/lib/text";
import { Button } from "@/ui/button";
import { Badge } from "@/ui/card";
import { Confirm } from "@/ui/confirm";
import { Dialog } from "@/ui/dialog";
import { EntryForm } from "@/ui/entry-form";
import { Icon } from "@/ui/icon";
import { Empty } from "@/ui/list";
import { Loaded } from "@/ui/loaded";
import { Page } from "@/ui/page";
import { type Column, Table } from "@/ui/table";

const TYPES = "/api/documents/types";
type DocumentType = Data<typeof TYPES, "get">[number];

/** The kinds of documents that are filed, those out of use as well. */
export function DocumentTypesPage() {
  const [edited, setEdited] = useState<DocumentType | "new" | null>(null);
  const [removed, setRemoved] = useState<DocumentType | null>(null);
  const queries = useQueryClient();
  const query = useQuery(reading(TYPES, { query: { includeInactive: true } }));
  const columns: readonly Column<DocumentType>[] = [
    { name: t("admin.staff.name"), cell: ({ name }) => name },
    { name: t("admin.documentTypes.code"), cell: ({ code }) => code },
    { name: t("admin.description"), cell: ({ description }) => description, roomy: true },
    { name: t("admin.state"), cell: ({ isActive }) => <InUse isActive={isActive} /> },
    {
      name: t("admin.change"),
      cell: type => (
        <span className="inline-flex flex-wrap justify-end gap-2">
          <Button look="quiet" className="min-h-11" onClick={() => setEdited(type)}>
            {t("admin.change")}
          </Button>
          <Button look="caution" className="min-h-11" onClick={() => setRemoved(type)}>
            {t("admin.delete")}
          </Button>
        </span>
      ),
    },
  ];
  return (
    <Page
      title={t("admin.documentTypes.title")}
      onBack={() => history.back()}
      wide
      aside={
        <Button onClick={() => setEdited("new")}>
          <Icon name="add" className="size-5" /> {t("admin.staff.add")}
        </Button>
      }
    >
      <Loaded query={query} lines={4}>
        {({ data }) =>
          data.length === 0 ? (
            <Empty>{t("admin.documentTypes.none")}</Empty>
          ) : (
            <Table label={t("admin.documentTypes.title")} columns={columns} rows={data} />
          )
        }
      </Loaded>
      {edited && <EditDialog type={edited === "new" ? null : edited} onClose={() => setEdited(null)} />}
      {removed && (
        <Confirm
          title={t("admin.documentTypes.delete")}
          yes={t("admin.staff.deleteYes", { name: removed.name })}
          danger
          act={() =>
            call("delete", "/api/documents/types/{document_type_id}", { path: { document_type_id: removed.id } })
          }
          onDone={() => queries.invalidateQueries({ queryKey: [TYPES] })}
          onClose={() => setRemoved(null)}
        >
          <p>{t("admin.documentTypes.deleteExplain")}</p>
        </Confirm>
      )}
    </Page>
  );
}

/** Whether something can be chosen for what is new. */
export function InUse({ isActive }: { isActive: boolean }) {
  return <Badge tone={isActive ? "good" : "plain"}>{t(isActive ? "admin.inUse" : "admin.outOfUse")}</Badge>;
}

function EditDialog({ type, onClose }: { type: DocumentType | null; onClose: () => void }) {
  const queries = useQueryClient();
  const onSaved = async () => {
    await queries.invalidateQueries({ queryKey: [TYPES] });
    onClose();
  };
  const words = [
    { name: "name" as const, label: t("admin.staff.name") },
    { name: "description" as const, label: t("admin.description"), kind: "area" as const, lines: 2, optional: true },
  ];
  return (
    <Dialog title={t(type ? "admin.documentTypes.edit" : "admin.documentTypes.new")} onClose={onClose}>
      {type ? (
        <EntryForm
          initial={{ name: type.name, description: type.description ?? "", isActive: type.isActive }}
          submit={t("admin.save")}
          save={body =>
            call("put", "/api/documents/types/{document_type_id}", { path: { document_type_id: type.id }, body })
          }
          onSaved={onSaved}
          entries={[...words, { name: "isActive", label: t("admin.inUse") }]}
        />
      ) : (
        <EntryForm
          initial={{ name: "", description: "" }}
          submit={t("admin.save")}
          save={body => call("post", TYPES, { body })}
          onSaved={onSaved}
          entries={words}
        />
      )}
    </Dialog>
  );
}
