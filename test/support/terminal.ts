import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** Ctrl-C or Ctrl-\ typed on the terminal, a signal to the command, or the end of the terminal itself. */
export type Order = 'key' | 'quit-key' | 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'hangup';

export interface TerminalEnd {
  /** The exit code, or minus the number of the signal that ended the command. */
  readonly code: number;
  /** All that the terminal has shown. */
  readonly shown: string;
}

/** A command on a terminal of its own with 80 columns. Needs python3: Node.js cannot open a terminal. */
export class TerminalRun {
  readonly ended: Promise<TerminalEnd>;
  shown = '';
  readonly #child;

  constructor(command: readonly string[], environment: Readonly<Record<string, string | undefined>>) {
    const helper = resolve(import.meta.dirname, 'terminal.py');
    this.#child = spawn('python3', [helper, ...command], {
      env: { PATH: process.env['PATH'], TERM: 'xterm-256color', ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    // The command may have ended before an order reaches it.
    this.#child.stdin.on('error', () => undefined);
    this.#child.stdout.on('data', (chunk: Buffer) => (this.shown += chunk.toString('utf8')));
    let notes = '';
    this.#child.stderr.on('data', (chunk: Buffer) => (notes += chunk.toString('utf8')));
    this.ended = new Promise((fulfil, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', () => {
        const code = /^exit (-?\d+)$/m.exec(notes)?.[1];
        if (code === undefined) reject(new Error(notes));
        else fulfil({ code: Number(code), shown: this.shown });
      });
    });
  }

  order(order: Order): void {
    this.#child.stdin.write(`${order}\n`);
  }

  /** Resolves once the terminal shows a text, or the command has ended. */
  async shows(text: string): Promise<void> {
    const ended = this.ended.then(() => true);
    while (!this.shown.includes(text)) {
      if (await Promise.race([ended, sleep(20, false)])) return;
    }
  }
}
