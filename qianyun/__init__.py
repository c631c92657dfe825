"""Qianyun 迁云: move a government's departments into one cloud, and know what stands where."""
