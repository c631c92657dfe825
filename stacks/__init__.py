"""The target cloud, as Pulumi programs."""
