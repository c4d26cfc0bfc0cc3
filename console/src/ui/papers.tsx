import { shownDay } from "@/lib/days";
import { t } from "@/lib/text";
import { Button } from "./button";
import { Badge } from "./card";
import { Icon } from "./icon";
import { LINE, LineContent, List } from "./list";
import { ownPath } from "./picture";

type Paper = {
  id: string;
  fileUrl: string;
  fileName: string;
  uploadedAt: string;
  verified: boolean;
  documentType: { name: string };
};

type Guarantor = { id: string; name: string; documents: readonly Paper[] };
type GuarantorsProps = { guarantors: readonly Guarantor[]; onAdd?: (guarantor: Guarantor) => void };

/** Who stands for a loan, each with what they brought; who may bring more for them is asked by `onAdd`. */
export function Guarantors({ guarantors, onAdd }: GuarantorsProps) {
  return guarantors.map(guarantor => (
    <section key={guarantor.id} aria-label={guarantor.name} className="grid grid-cols-1 gap-2">
      <div className="flex items-center justify-between gap-3">
        <h3 className="min-w-0 font-medium break-words">{guarantor.name}</h3>
        {onAdd && (
          <Button look="plain" className="-my-2 -mr-3" onClick={() => onAdd(guarantor)}>
            <Icon name="camera" className="size-5" /> {t("documents.add")}
            <span className="sr-only">{guarantor.name}</span>
          </Button>
        )}
      </div>
      <Papers papers={guarantor.documents} />
    </section>
  ));
}

/** Documents, each of which opens in a tab of its own. */
export function Papers({ papers }: { papers: readonly Paper[] }) {
  return (
    <List>
      {papers.map(paper => (
        <li key={paper.id}>
          <a href={ownPath(paper.fileUrl)} target="_blank" rel="noopener" className={LINE}>
            <LineContent
              title={paper.documentType.name}
              below={paper.fileName}
              belowRight={shownDay(paper.uploadedAt)}
            />
            {paper.verified && <Badge tone="good">{t("documents.verified")}</Badge>}
          </a>
        </li>
      ))}
    </List>
  );
}
