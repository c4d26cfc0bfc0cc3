"""The one public entrance: routes, sign-ins, limits, clean headers and bodies, read-your-writes; no business."""
