"""How manifests are read: bytes to a tree with places, checked by schema, included and merged."""

from reconciler.manifest.emit import dump
from reconciler.manifest.head import Head, head_of
from reconciler.manifest.load import load_environment
from reconciler.manifest.schema import schema_names, schema_text
from reconciler.manifest.siblings import Claims

__all__ = ["Claims", "Head", "dump", "head_of", "load_environment", "schema_names", "schema_text"]
