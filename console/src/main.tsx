import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { onSignedOut } from "./api/client";
import { newQueryClient } from "./api/queries";
import { onOtherPerson } from "./api/remembered";
import { forgetPerson } from "./api/session";
import { newRouter } from "./app/router";
import { keepShell } from "./app/updates";
import "./styles.css";

const queries = newQueryClient();
const router = newRouter(queries);

onSignedOut(() => {
  forgetPerson(queries);
  void router.invalidate();
});
// Nothing of whoever was here stays on this page.
onOtherPerson(() => location.reload());
keepShell(router);

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  );
}
