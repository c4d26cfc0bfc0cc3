export { ActivityPage } from "./activity";
export { AuditPage } from "./audit";
export { AuditEntryPage } from "./entry";
export { NotesPage } from "./notes";
