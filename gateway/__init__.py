"""The one public door: routing, sign-in check, hygiene and read-your-writes; no business."""
