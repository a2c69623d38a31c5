import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export type ShellName = 'bash' | 'zsh';

/** The keys Tab, the one by which `START` prints the line, and those that clear it. */
const TAB = '\t';
const PRINT_LINE = '\u0018p';
const CLEAR_LINE = '\u0015\u000b';

/** As kubectl's documentation says; and a key that prints the line as it stands, for a terminal only shows it. */
const START: Readonly<
  Record<ShellName, { readonly file: string; readonly command: string; readonly script: string }>
> = {
  bash: {
    file: '.bashrc',
    command: 'bash --rcfile .bashrc -i',
    script: `
      . /usr/share/bash-completion/bash_completion
      source <(kubectl completion bash)
      alias k=kubectl
      complete -o default -F __start_kubectl k
      bind 'set show-all-if-ambiguous on'
      bind 'set completion-query-items 0'
      bind 'set page-completions off'
      bind -x '"\\C-xp": printf "<line>%s</line>\\n" "$READLINE_LINE"'
      PS1='$ '
      echo ready`,
  },
  zsh: {
    file: '.zshrc',
    command: 'zsh -i',
    script: `
      autoload -U compinit
      compinit -u
      source <(kubectl completion zsh)
      alias k=kubectl
      LISTMAX=1000
      bindkey -e
      print-line() { zle -I; print -r -- "<line>$BUFFER</line>" }
      zle -N print-line
      bindkey '^Xp' print-line
      PS1='$ '
      echo ready`,
  },
};

/** What a Tab has made of a line, and what was shown until then. */
export interface Completed {
  readonly line: string;
  readonly shown: string;
  readonly milliseconds: number;
}

/** An interactive shell on a terminal of its own. */
export class Terminal {
  readonly #child: ChildProcess;
  #output = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout?.on('data', (chunk: Buffer) => (this.#output += chunk.toString('utf8')));
  }

  /** @param home a folder of its own, in which it starts */
  static async open(
    shell: ShellName,
    home: string,
    environment: Readonly<Record<string, string>>,
  ): Promise<Terminal> {
    const { file, command, script } = START[shell];
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, file), script);
    const child = spawn('script', ['-qfec', `stty cols 250 rows 100; exec ${command}`, '/dev/null'], {
      cwd: home,
      env: { ...environment, HOME: home, ZDOTDIR: home, TERM: 'xterm', LANG: 'C.UTF-8', SHELL: '/bin/sh' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const terminal = new Terminal(child);
    await terminal.#until(/ready/);
    return terminal;
  }

  /** Types a line and Tab. */
  async complete(line: string): Promise<Completed> {
    this.#output = '';
    const started = performance.now();
    this.#child.stdin?.write(line + TAB + PRINT_LINE);
    const [all, completed = ''] = await this.#until(/^.*<line>(.*)<\/line>/s);
    this.#child.stdin?.write(CLEAR_LINE);
    return { line: completed, shown: all, milliseconds: performance.now() - started };
  }

  /** Without its terminal the shell ends, too. */
  async close(): Promise<void> {
    this.#child.kill('SIGKILL');
    await once(this.#child, 'close');
  }

  async #until(pattern: RegExp): Promise<RegExpExecArray> {
    for (let tries = 0; tries < 600; tries += 1) {
      const found = pattern.exec(this.#output);
      if (found !== null) return found;
      await sleep(50);
    }
    throw new Error(`${String(pattern)} was not shown: ${JSON.stringify(this.#output)}`);
  }
}
