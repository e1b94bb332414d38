// A process that asks for the lock of a folder when it is told to: arguments are the folder, what the lock may rest on,
// and the module of the lock. It says "ready", then
// `{ owner }` for each "lock". After "let go" only the library could keep it alive.
const [folder, ways, module] = process.argv.slice(2);
const { lockFolder } = await import(module);
let lock = null;
process.on('message', (message) => {
  if (message === 'lock')
    void lockFolder(folder, JSON.parse(ways)).then(
      (got) => {
        lock = got;
        process.send({ owner: lock !== null });
      },
      (error) => process.send({ error: String(error) }),
    );
  if (message === 'release') void lock.release().then(() => process.send({ owner: false }));
  if (message === 'let go') process.disconnect();
});
process.send('ready');
