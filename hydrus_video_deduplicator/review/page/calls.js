// Calls to the server that gave this page.

const GONE = 410; // HTTP status of a file that was deleted or moved

const answered = async (response) => {
  if (response.ok) return response.json();
  let why = `The server answered ${response.status}.`;
  try { why = (await response.json()).error ?? why; } catch { /* it is no JSON */ }
  throw new Error(why);
};

const reached = async (path, options) => {
  try {
    return await fetch(path, options);
  } catch {
    throw new Error("The program no longer answers. Your decisions are kept: run `review` again.");
  }
};

export const ask = async (what) => answered(await reached(`api/${what}`));

export const tell = async (what, body = {}) => answered(await reached(`api/${what}`, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify(body),
}));

// The type of a file as it is now, whatever the browser has kept of it; throws why it cannot be had.
export const typeOf = async (file) => {
  const response = await reached(`media/${file}`, { method: "HEAD", cache: "no-store" });
  if (response.ok) return response.headers.get("Content-Type");
  throw new Error(response.status === GONE ? "This file is gone." : "This file cannot be read now.");
};

export const mediaOf = (file) => `media/${file}`;
export const pictureOf = (file, seconds, side) => `picture/${file}?t=${seconds.toFixed(3)}&side=${side}`;
