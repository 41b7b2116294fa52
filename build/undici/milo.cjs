// The experimental parser is never switched on: two more WebAssembly programs that nobody runs.
exports.getMiloEnabled = () => false;
