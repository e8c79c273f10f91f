// Hints, and those before and after each change.

export function makeHistory(hints = []) {
  const [past, future] = [[], []];
  const go = (from, to) => {
    if (!from.length) return;
    to.push(hints);
    hints = from.pop();
  };
  return {
    get hints() {
      return hints;
    },
    get canUndo() {
      return past.length > 0;
    },
    get canRedo() {
      return future.length > 0;
    },
    change(next) {
      past.push(hints);
      future.length = 0;
      hints = next;
    },
    undo: () => go(past, future),
    redo: () => go(future, past),
  };
}
