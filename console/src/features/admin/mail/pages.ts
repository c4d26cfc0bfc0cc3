export { MailPage } from "./mail";
export { TemplatePage } from "./template";
export { TemplatesPage } from "./templates";
