// All that commander takes from `node:child_process`, for commands that are programs of their own: Pushboat has none.
export default {
  spawn() {
    throw new Error('no command of Pushboat is a program of its own');
  },
};
