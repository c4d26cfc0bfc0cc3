import { shownDay } from "@/lib/days";
import { t } from "@/lib/text";
import { Badge } from "./card";
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
