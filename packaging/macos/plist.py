"""What macOS reads about Curator.app: its name, its systems, and the files that may be dropped on it."""

from __future__ import annotations

from typing import Any

BUNDLE_ID = "org.curator.Curator"
OLDEST_SYSTEM = "14.0"
"""mlx's wheels ask for macOS 14.0, Qt 6.11 for 13.0 (and 6.12 for 14.4)."""

_JSON_LINES = "org.jsonlines.jsonl"
_MARKDOWN = "net.daringfireball.markdown"

_DOCUMENTS = {
    "Transcript": ("public.json", _JSON_LINES),
    "Text with a conversation": ("public.plain-text", _MARKDOWN),
    "Table of prompts and responses": ("public.comma-separated-values-text", "public.tab-separated-values-text"),
    "Export of conversations": ("public.zip-archive",),
    "Folder of transcripts": ("public.folder",),
}

_USAGE = {
    "NSDesktopFolderUsageDescription": "Curator reads the transcripts that you choose. It never changes them.",
    "NSDocumentsFolderUsageDescription": "Curator reads the transcripts that you choose. It never changes them.",
    "NSDownloadsFolderUsageDescription": "Curator reads the exports that you choose. It never changes them.",
    "NSRemovableVolumesUsageDescription": "Curator reads the transcripts that you choose. It never changes them.",
    "NSLocalNetworkUsageDescription": "Curator trains on another computer of yours when you ask it to.",
}
"""The sentences that macOS shows when it asks the person."""


def info_plist(version: str) -> dict[str, Any]:
    """The entries of Info.plist beyond those that PyInstaller writes (executable, icon).

    Documents are opened as a viewer, and never by default: a double-click on a .json stays what it was.
    """
    return {
        "CFBundleIdentifier": BUNDLE_ID,
        "CFBundleName": "Curator",
        "CFBundleDisplayName": "Curator",
        "CFBundleShortVersionString": version,
        "CFBundleVersion": version,
        "CFBundleDevelopmentRegion": "en",
        "CFBundleDocumentTypes": [
            {
                "CFBundleTypeName": name,
                "CFBundleTypeRole": "Viewer",
                "LSHandlerRank": "Alternate",
                "LSItemContentTypes": list(types),
            }
            for name, types in _DOCUMENTS.items()
        ],
        "UTImportedTypeDeclarations": [
            _imported(_JSON_LINES, "JSON Lines", ("jsonl", "ndjson"), "public.text"),
            _imported(_MARKDOWN, "Markdown", ("md", "markdown"), "public.plain-text"),
        ],
        "LSApplicationCategoryType": "public.app-category.developer-tools",
        "LSMinimumSystemVersion": OLDEST_SYSTEM,
        "LSArchitecturePriority": ["arm64"],
        "NSHighResolutionCapable": True,
        "NSPrincipalClass": "NSApplication",
        "NSRequiresAquaSystemAppearance": False,  # dark where the system is dark
        "NSSupportsAutomaticTermination": False,
        "NSSupportsSuddenTermination": False,
        **_USAGE,
    }


def _imported(identifier: str, name: str, extensions: tuple[str, ...], kind: str) -> dict[str, Any]:
    """A type that is not ours to define, described for the case that no other app here has."""
    return {
        "UTTypeIdentifier": identifier,
        "UTTypeDescription": name,
        "UTTypeConformsTo": [kind],
        "UTTypeTagSpecification": {"public.filename-extension": list(extensions)},
    }
