export { BrandingPage } from "./branding";
export { SettingsPage } from "./settings";
