"""Why a file cannot be read as an image, by its first bytes, and what to do about it."""

# Bytes at a file's beginning that tell its kind.
HEAD = 2048
EXPORT = "export as JPEG or TIFF"
RAW, VIDEO = f"camera raw: {EXPORT}", "video: save a frame as an image"
ARCHIVE = "an archive: unpack it"
STARTS = {
    b"IIRO": RAW,  # Olympus
    b"IIRS": RAW,
    b"MMOR": RAW,
    b"IIU\0": RAW,  # Panasonic
    b"II\x1a\0\0\0HEAPCCDR": RAW,  # Canon
    b"FUJIFILMCCD-RAW": RAW,
    b"\0MRM": RAW,  # Minolta
    b"FOVb": RAW,  # Sigma
    b"%PDF": "PDF: save its pictures as JPEG or TIFF",
    b"%!PS": f"PostScript: {EXPORT}",
    b"\xc5\xd0\xd3\xc6": f"PostScript: {EXPORT}",
    b"8BPS\0\2": f"Photoshop's large format (PSB): {EXPORT}",
    b"gimp xcf": f"GIMP's own format (XCF): {EXPORT}",
    b"\x76\x2f\x31\x01": f"OpenEXR: {EXPORT}",
    b"#?R": f"Radiance HDR: {EXPORT}",
    b"II\xbc\1": f"JPEG XR: {EXPORT}",
    b"AT&TFORM": f"DjVu: {EXPORT}",
    b"\x1a\x45\xdf\xa3": VIDEO,  # Matroska, WebM
    b"\0\0\1\xba": VIDEO,  # MPEG
    b"\0\0\1\xb3": VIDEO,
    b"FLV\1": VIDEO,
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": VIDEO,  # Windows Media
    b"PK\3\4": ARCHIVE,
    b"\x1f\x8b": ARCHIVE,
    b"7z\xbc\xaf\x27\x1c": ARCHIVE,
    b"Rar!": ARCHIVE,
    b"\0\5\x16\7": "macOS's notes on another file (AppleDouble), no image",
    b"version https://git-lfs": "stands for a file of Git LFS: run git lfs pull",
    b"\x89PNG": "PNG that is damaged",
    b"II*\0": f"TIFF that is damaged, or of a rare kind: {EXPORT}",
    b"MM\0*": f"TIFF that is damaged, or of a rare kind: {EXPORT}",
}
# Brands of HEIF, and reasons by the other brands of files made of boxes.
HEIF = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
BRANDS = {
    b"crx ": RAW,
    b"avif": "AVIF that is damaged",
    b"avis": "AVIF that is damaged",
}
# Formats that Pillow opens but cannot decode, or must not.
REFUSED = {
    "EPS": f"PostScript: {EXPORT}",  # Pillow would run Ghostscript
    "WMF": f"Windows metafile: {EXPORT}",
    "MPEG": VIDEO,
}


def is_heif(head: bytes) -> bool:
    """Whether a file that begins with `head` is HEIF, coded by HEVC or AV1."""
    return head[4:8] == b"ftyp" and head[8:12] in HEIF


def why_unreadable(head: bytes) -> str:
    """Why a file that begins with `head` cannot be read, in a few words."""
    if not head:
        return "the file is empty"
    if not any(head):
        return "nothing but zeros"
    for start, reason in STARTS.items():
        if head.startswith(start):
            return reason
    if head[4:8] == b"ftyp":
        if is_heif(head):
            return f"HEIC that is damaged, or of a rare kind: {EXPORT}"
        return BRANDS.get(head[8:12], VIDEO)
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return VIDEO
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return "a web page, saved under an image's name"
    if text.startswith((b"<svg", b"<?xml", b"<!--")) and b"<svg" in text:
        return f"SVG, a drawing: {EXPORT}"
    return "no image of a kind that can be read"
