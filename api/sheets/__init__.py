"""Spreadsheets: read from CSV and XLSX, mapped to facts, and compared with the record."""
