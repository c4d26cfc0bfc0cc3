import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode, useEffect } from "react";
import { createRoot } from "react-dom/client";
import { onSignedOut } from "./api/client";
import { newQueryClient } from "./api/queries";
import { onOtherPerson } from "./api/remembered";
import { forgetPerson } from "./api/session";
import { newRouter } from "./app/router";
import { fetchShell, keepShell } from "./app/updates";
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

// Drawn once it is known which page it is, and nothing before: each drawing takes a cheap phone half a second.
const PATIENCE_MS = 1_000;
const patience = new Promise(done => setTimeout(done, PATIENCE_MS));
void Promise.race([router.load(), patience]).finally(draw);

function draw(): void {
  const root = document.getElementById("root");
  if (root) createRoot(root).render(<Console />);
}

function Console() {
  useEffect(fetchShell, []);
  return (
    <StrictMode>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>
  );
}
