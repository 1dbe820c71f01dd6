"""What a tenant has, as manifests that read as if a person had written them.

Kinds say what there is (`Kind.stock`); here it becomes short: rules behind dates, weeks that people share,
rotations. Nothing is sent, and nothing is taken that its own expansion doesn't give back exactly.
"""
