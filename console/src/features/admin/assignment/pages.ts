export { AssignmentHistoryPage } from "./history";
export { AssignmentPage } from "./list";
export { NewUnionPage } from "./new";
export { ManagedUnionPage } from "./union";
