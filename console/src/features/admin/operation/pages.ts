export { BackupsPage } from "./backups";
export { SystemPage } from "./system";
