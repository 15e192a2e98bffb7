// Node's counterpart of Puppet.java: a cluster whose workers open and close ports as a test tells them.
//
// puppets.js WORKERS prints "control <port>". Each line sent there is a worker's number and a command, each line that
// comes back its result: what it returns, or "failed <code>".
'use strict';
const cluster = require('node:cluster');
const dgram = require('node:dgram');
const net = require('node:net');
const readline = require('node:readline');

if (cluster.isPrimary) {
  primary(Number(process.argv[2]));
} else {
  worker();
}

async function primary(count) {
  const workers = new Map();
  for (let number = 1; number <= count; number++) {
    workers.set(number, await fork());
  }

  async function result(number, words) {
    const worker = workers.get(number);
    if (words[0] === 'kill') {
      // It is gone for the cluster when both have happened, in whichever order.
      const gone = Promise.all([once(worker, 'exit'), once(worker, 'disconnect')]);
      worker.process.kill('SIGKILL');
      await gone;
      workers.set(number, await fork());
      return 'killed';
    }
    worker.send(words);
    return once(worker, 'message');
  }

  const control = net.createServer((connection) => {
    readline.createInterface({ input: connection }).on('line', async (line) => {
      const [number, ...words] = line.split(' ');
      connection.write(await result(Number(number), words) + '\n');
    });
  });
  control.listen(0, '127.0.0.1', () => console.log('control', control.address().port));
}

async function fork() {
  const worker = cluster.fork();
  await once(worker, 'message');
  return worker;
}

function once(emitter, event) {
  return new Promise((resolve) => emitter.once(event, resolve));
}

function worker() {
  const open = new Map();
  process.on('message', ([verb, name, host, port]) => {
    if (verb === 'close') {
      open.get(name).close(() => process.send('closed'));
      open.delete(name);
      return;
    }
    const opened = verb === 'udp' ? dgram.createSocket('udp4') : net.createServer();
    opened.once('error', (error) => process.send(`failed ${error.code}`));
    opened.once('listening', () => {
      open.set(name, opened);
      process.send(String(opened.address().port));
    });
    const where = { port: Number(port), exclusive: verb === 'own' };
    if (verb === 'udp') {
      opened.bind({ ...where, address: host });
    } else {
      opened.listen(host === '*' ? where : { ...where, host });
    }
  });
  process.send('ready');
}
