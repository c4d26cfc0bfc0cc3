export { BackupsPage } from "./backups";
