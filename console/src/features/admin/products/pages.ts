export { DocumentTypesPage } from "./document-types";
export { LoanTypePage, NewLoanTypePage } from "./loan-type";
export { LoanTypesPage } from "./loan-types";
