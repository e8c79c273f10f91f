// An image file to pixels, and a sentence for each way in which that fails.

const LARGEST = 16384; // pixels on a side: the largest canvas of browsers
// The first bytes of files, as text of one character a byte. `read` is for those that
// browsers read: one that fails is damaged.
const KINDS = [
  { name: "JPEG", start: /^\xff\xd8\xff/, read: true },
  { name: "PNG", start: /^\x89PNG/, read: true },
  { name: "GIF", start: /^GIF8/, read: true },
  { name: "WebP", start: /^RIFF.{4}WEBP/s, read: true },
  { name: "BMP", start: /^BM/, read: true },
  { name: "AVIF", start: /^.{4}ftypavi[fs]/s, read: true },
  { name: "HEIC", start: /^.{4}ftyp(hei|hev|mif1|msf1)/s },
  { name: "JPEG XL", start: /^(\xff\x0a|\0\0\0\x0cJXL )/ },
  { name: "TIFF", start: /^(II\*\0|MM\0\*|II\+\0|MM\0\+)/ },
];
const DRAWING = /^\s*(<\?xml[^]*?)?(<!--[^]*?-->\s*)?(<!DOCTYPE svg[^]*?)?<svg[\s>]/i;

// rgba of an image file: upright, in sRGB, over white where it is transparent.
export async function readPixels(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new Error(await whyNot(file));
  }
  const { width, height } = bitmap;
  const large = `“${file.name}” is too large for this browser: ${width} × ${height} pixels.`;
  try {
    if (Math.max(width, height) > LARGEST) throw new Error();
    return draw(bitmap, width, height);
  } catch {
    throw new Error(large);
  } finally {
    bitmap.close();
  }
}

// The picture with at most `longest` pixels on its longer side.
export async function reduce(pixels, longest) {
  const { width, height } = pixels;
  const scale = longest / Math.max(width, height);
  if (scale >= 1) return pixels;
  const resized = await createImageBitmap(pixels, {
    resizeWidth: Math.max(1, Math.round(width * scale)),
    resizeHeight: Math.max(1, Math.round(height * scale)),
    resizeQuality: "medium",
  });
  const small = draw(resized, resized.width, resized.height);
  resized.close();
  return small;
}

function draw(bitmap, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, width, height);
}

async function whyNot(file) {
  const name = `“${file.name}”`;
  if (!file.size) return `${name} is empty. Copy it again from where it came from.`;
  let bytes;
  try {
    bytes = new Uint8Array(await file.slice(0, 1024).arrayBuffer());
  } catch {
    return `${name} is no longer where it was, or may not be read. Choose it again.`;
  }
  const start = String.fromCharCode(...bytes);
  if (DRAWING.test(start)) {
    return `${name} is a drawing (SVG), and this page colorizes photographs.`;
  }
  const kind = KINDS.find((kind) => kind.start.test(start));
  if (!kind) return `${name} is no image that this browser can read.`;
  if (kind.read) {
    return `${name} is a damaged ${kind.name} file: it ends too early, or was changed. Copy it again from where it came from.`;
  }
  return `${name} is a ${kind.name} file, which this browser cannot read. Save it as JPEG, or use the command “colorization colorize”, which reads it.`;
}
