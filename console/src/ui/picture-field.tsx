import { useMutation } from "@tanstack/react-query";
import { useId } from "react";
import { t } from "@/lib/text";
import { Button, buttonClasses } from "./button";
import { Notice } from "./card";
import { wordsOf } from "./failure";
import { Icon } from "./icon";
import { Picture } from "./picture";
import { toast } from "./toasts";

type PictureFieldProps = {
  of: string;
  url: string | null | undefined;
  /** Which camera a phone opens: that of who holds it, or of who stands before it. */
  camera: "user" | "environment";
  send: (file: File) => Promise<{ message: string }>;
  remove?: () => Promise<{ message: string }>;
};

/** Somebody's picture, and another one instead: taken there and then, or chosen. It is sent as soon as it is chosen. */
export function PictureField({ of, url, camera, send, remove }: PictureFieldProps) {
  const id = useId();
  const changing = useMutation({
    mutationFn: (change: () => Promise<{ message: string }>) => change(),
    onSuccess: ({ message }) => toast("good", message),
  });
  return (
    <div className="grid gap-3">
      <div className="flex flex-wrap items-center gap-4">
        <Picture key={url} of={of} url={url} size="size-20" />
        <div className="flex flex-wrap gap-2">
          <input
            id={id}
            type="file"
            accept="image/*"
            capture={camera}
            className="peer sr-only"
            disabled={changing.isPending}
            onChange={({ target }) => {
              const [file] = target.files ?? [];
              if (file) changing.mutate(() => send(file));
              target.value = "";
            }}
          />
          <label
            htmlFor={id}
            className={buttonClasses("quiet", "cursor-pointer peer-focus-visible:outline-2 peer-disabled:opacity-60")}
          >
            <Icon name="camera" className="size-5" /> {t("person.picture")}
          </label>
          {url && remove && (
            <Button look="caution" busy={changing.isPending} onClick={() => changing.mutate(remove)}>
              {t("person.noPicture")}
            </Button>
          )}
        </div>
      </div>
      {changing.error && (
        <div role="alert">
          <Notice tone="bad">{wordsOf(changing.error)}</Notice>
        </div>
      )}
    </div>
  );
}
