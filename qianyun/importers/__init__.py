"""Files people keep (XLSX, CSV, the YAML of inventory/) into facts, all faults at once."""
