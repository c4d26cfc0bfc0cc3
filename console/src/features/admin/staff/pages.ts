export { StaffImportPage } from "./import";
export { StaffPage } from "./list";
export { NewStaffPage } from "./new";
export { PersonPage } from "./page";
export { SignInsPage } from "./sign-ins";
