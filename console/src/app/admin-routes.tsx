import { createRoute, lazyRouteComponent, Outlet, useRouteContext } from "@tanstack/react-router";
import { filtersOf } from "@/features/admin/filter-words";
import { signedIn } from "./base-routes";
import { NotYoursPage } from "./errors";
import { later as withTexts } from "./later";

/** Loads pages of the administration with the texts that only they have. */
function later<T>(load: () => Promise<T>): () => Promise<T> {
  return withTexts(load, () => import("@/locales/en.json?admin"));
}

/** The API would refuse every call of these pages to anybody else; this says so once. */
function ForAdmins() {
  const { me } = useRouteContext({ from: "/signed-in" });
  return me.role === "ADMIN" ? <Outlet /> : <NotYoursPage />;
}

const admin = createRoute({
  getParentRoute: () => signedIn,
  path: "/admin",
  component: ForAdmins,
});

const staffPages = later(() => import("@/features/admin/staff/pages"));

const home = createRoute({
  getParentRoute: () => admin,
  path: "/",
  component: lazyRouteComponent(
    later(() => import("@/features/admin/home")),
    "AdminPage",
  ),
});
const staff = createRoute({
  getParentRoute: () => admin,
  path: "/staff",
  validateSearch: filtersOf,
  component: lazyRouteComponent(staffPages, "StaffPage"),
});
const newStaff = createRoute({
  getParentRoute: () => admin,
  path: "/staff/new",
  component: lazyRouteComponent(staffPages, "NewStaffPage"),
});
const staffImport = createRoute({
  getParentRoute: () => admin,
  path: "/staff/import",
  component: lazyRouteComponent(staffPages, "StaffImportPage"),
});
const person = createRoute({
  getParentRoute: () => admin,
  path: "/staff/$userId",
  validateSearch: filtersOf,
  component: lazyRouteComponent(staffPages, "PersonPage"),
});
const signIns = createRoute({
  getParentRoute: () => admin,
  path: "/sign-ins",
  validateSearch: filtersOf,
  component: lazyRouteComponent(staffPages, "SignInsPage"),
});

const unionPages = later(() => import("@/features/admin/assignment/pages"));

const assignment = createRoute({
  getParentRoute: () => admin,
  path: "/assignment",
  validateSearch: filtersOf,
  component: lazyRouteComponent(unionPages, "AssignmentPage"),
});
const assignmentHistory = createRoute({
  getParentRoute: () => admin,
  path: "/assignment/history",
  validateSearch: filtersOf,
  component: lazyRouteComponent(unionPages, "AssignmentHistoryPage"),
});
const newUnion = createRoute({
  getParentRoute: () => admin,
  path: "/unions/new",
  component: lazyRouteComponent(unionPages, "NewUnionPage"),
});
const managedUnion = createRoute({
  getParentRoute: () => admin,
  path: "/unions/$unionId",
  component: lazyRouteComponent(unionPages, "ManagedUnionPage"),
});

const productPages = later(() => import("@/features/admin/products/pages"));
const institutionPages = later(() => import("@/features/admin/institution/pages"));
const mailPages = later(() => import("@/features/admin/mail/pages"));

const loanTypes = createRoute({
  getParentRoute: () => admin,
  path: "/loan-types",
  validateSearch: filtersOf,
  component: lazyRouteComponent(productPages, "LoanTypesPage"),
});
const newLoanType = createRoute({
  getParentRoute: () => admin,
  path: "/loan-types/new",
  component: lazyRouteComponent(productPages, "NewLoanTypePage"),
});
const loanType = createRoute({
  getParentRoute: () => admin,
  path: "/loan-types/$loanTypeId",
  component: lazyRouteComponent(productPages, "LoanTypePage"),
});
const documentTypes = createRoute({
  getParentRoute: () => admin,
  path: "/document-types",
  component: lazyRouteComponent(productPages, "DocumentTypesPage"),
});
const settings = createRoute({
  getParentRoute: () => admin,
  path: "/settings",
  component: lazyRouteComponent(institutionPages, "SettingsPage"),
});
const branding = createRoute({
  getParentRoute: () => admin,
  path: "/branding",
  component: lazyRouteComponent(institutionPages, "BrandingPage"),
});
const mail = createRoute({
  getParentRoute: () => admin,
  path: "/mail",
  validateSearch: filtersOf,
  component: lazyRouteComponent(mailPages, "MailPage"),
});
const templates = createRoute({
  getParentRoute: () => admin,
  path: "/templates",
  component: lazyRouteComponent(mailPages, "TemplatesPage"),
});
const template = createRoute({
  getParentRoute: () => admin,
  path: "/templates/$key",
  component: lazyRouteComponent(mailPages, "TemplatePage"),
});

const controlPages = later(() => import("@/features/admin/control/pages"));
const operationPages = later(() => import("@/features/admin/operation/pages"));

const notes = createRoute({
  getParentRoute: () => admin,
  path: "/notes",
  validateSearch: filtersOf,
  component: lazyRouteComponent(controlPages, "NotesPage"),
});
const audit = createRoute({
  getParentRoute: () => admin,
  path: "/audit",
  validateSearch: filtersOf,
  component: lazyRouteComponent(controlPages, "AuditPage"),
});
const auditEntry = createRoute({
  getParentRoute: () => admin,
  path: "/audit/$entryId",
  component: lazyRouteComponent(controlPages, "AuditEntryPage"),
});
const activity = createRoute({
  getParentRoute: () => admin,
  path: "/activity",
  validateSearch: filtersOf,
  component: lazyRouteComponent(controlPages, "ActivityPage"),
});
const backups = createRoute({
  getParentRoute: () => admin,
  path: "/backups",
  component: lazyRouteComponent(operationPages, "BackupsPage"),
});

const system = createRoute({
  getParentRoute: () => admin,
  path: "/system",
  component: lazyRouteComponent(operationPages, "SystemPage"),
});

/** The pages of the administration, for admins alone. */
export const adminRoutes = admin.addChildren([
  home,
  staff,
  newStaff,
  staffImport,
  person,
  signIns,
  assignment,
  assignmentHistory,
  newUnion,
  managedUnion,
  loanTypes,
  newLoanType,
  loanType,
  documentTypes,
  settings,
  branding,
  mail,
  templates,
  template,
  notes,
  audit,
  auditEntry,
  activity,
  backups,
  system,
]);
