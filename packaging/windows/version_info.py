"""What Windows shows about the program under Properties, Details."""

from __future__ import annotations

import re

_TEMPLATE = """VSVersionInfo(
  ffi=FixedFileInfo(filevers={numbers}, prodvers={numbers}, mask=0x3F, flags=0, OS=0x40004, fileType=1, subtype=0),
  kids=[
    StringFileInfo([StringTable("040904B0", [
      StringStruct("CompanyName", "Curator"),
      StringStruct("FileDescription", "{description}"),
      StringStruct("FileVersion", "{version}"),
      StringStruct("InternalName", "{name}"),
      StringStruct("LegalCopyright", "Apache License 2.0"),
      StringStruct("OriginalFilename", "{name}.exe"),
      StringStruct("ProductName", "Curator"),
      StringStruct("ProductVersion", "{version}"),
    ])]),
    VarFileInfo([VarStruct("Translation", [0x0409, 1200])]),
  ],
)
"""


def numbers(version: str) -> tuple[int, int, int, int]:
    """Four numbers, as Windows wants them: "1.2.0rc1" gives (1, 2, 0, 0)."""
    found = [int(number) for number in re.match(r"\d+(?:\.\d+)*", version)[0].split(".")]  # type: ignore[index]
    first, second, third, fourth = [*found, 0, 0, 0, 0][:4]
    return first, second, third, fourth


def version_info(name: str, description: str, version: str) -> str:
    """The file that PyInstaller's EXE takes as its `version`."""
    return _TEMPLATE.format(name=name, description=description, version=version, numbers=numbers(version))
