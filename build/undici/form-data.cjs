// Bodies are bytes or streams, never forms: no part of fetch is needed to read them.
exports.extractBody = () => {
  throw new Error('This build sends no forms.');
};
exports.webidl = { is: { FormData: () => false } };
