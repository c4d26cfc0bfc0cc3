import { useQuery } from "@tanstack/react-query";
import { useRouteContext } from "@tanstack/react-router";
import { database } from "@/offline/database";
import { handedBy } from "@/offline/outbox";
import { ON_PHONE } from "@/offline/sending";
import { HandedSheet } from "./handed-sheet";

/** The sheets that were handed in on this phone and whose end nobody has seen yet; of one union, or all. */
export function HandedSheets({ unionId }: { unionId: string }) {
  const { me } = useRouteContext({ from: "/signed-in" });
  const { data } = useQuery({
    queryKey: [ON_PHONE, "handed", me.id],
    queryFn: async () => handedBy(await database(), me.id),
  });
  return data
    ?.filter(handed => handed.unionId === unionId)
    .map(handed => <HandedSheet key={handed.id} handed={handed} />);
}
