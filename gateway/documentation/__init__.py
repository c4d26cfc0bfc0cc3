"""The merged OpenAPI and AsyncAPI documents, and the path templates taken from them."""
