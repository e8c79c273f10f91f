// Photographs, their hints and settings, kept in this browser until they are removed.
// Without a database, as in some private windows, nothing is kept and nothing fails.

const STORES = ["photographs", "settings"];

const database = new Promise((resolve) => {
  try {
    const asked = indexedDB.open("colorization", 1);
    asked.onupgradeneeded = () => {
      for (const name of STORES) asked.result.createObjectStore(name);
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => resolve(null);
  } catch {
    resolve(null);
  }
});

async function inStore(name, mode, act) {
  const base = await database;
  if (!base) return null;
  return new Promise((resolve) => {
    try {
      const made = act(base.transaction(name, mode).objectStore(name));
      made.onsuccess = () => resolve(made.result);
      made.onerror = (event) => {
        event.preventDefault(); // the disk is full, say: the page works on without it
        resolve(null);
      };
    } catch {
      resolve(null);
    }
  });
}

export const keep = (store, key, value) =>
  inStore(store, "readwrite", (records) => records.put(value, key));
export const forget = (store, key) =>
  inStore(store, "readwrite", (records) => records.delete(key));
export const recall = (store, key) =>
  inStore(store, "readonly", (records) => records.get(key));
export const recallAll = async (store) =>
  (await inStore(store, "readonly", (records) => records.getAll())) ?? [];
